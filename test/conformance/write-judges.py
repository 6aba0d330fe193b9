"""Reads what PureEcho wrote with the field's own packages and prints JSON. Called by write-*.test.ts, one process per test file."""

import json
import sys

import numpy as np


def value_at(points):
    """The phantom of write-geometry.test.ts: a slope along each patient axis (LPS mm) and a blob to the left, behind and above."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    slope = 3000 + 7 * x + 3 * y + 11 * z
    for centre, height in (((30, 0, 0), 500), ((0, 30, 0), 900), ((0, 0, 30), 1300)):
        distance = sum((points[..., axis] - centre[axis]) ** 2 for axis in range(3))
        slope = slope + height * np.exp(-distance / 800)
    return slope


def dicom_volume(paths):
    import pydicom

    worst = 0.0
    for path in paths:
        data = pydicom.dcmread(path)
        stored = data.pixel_array.astype(float) * float(data.RescaleSlope) + float(data.RescaleIntercept)
        row_step, column_step = (float(one) for one in data.PixelSpacing)
        orientation = np.array(data.ImageOrientationPatient, float)
        rows, columns = np.indices(stored.shape)
        points = (
            np.array(data.ImagePositionPatient, float)
            + columns[..., None] * column_step * orientation[:3]
            + rows[..., None] * row_step * orientation[3:]
        )
        worst = max(worst, float(np.abs(stored - value_at(points)).max()))
    return worst


def nifti_volume(path):
    import nibabel

    image = nibabel.load(path)
    qform, qcode = image.get_qform(coded=True)
    sform, scode = image.get_sform(coded=True)
    data = np.asarray(image.dataobj)
    voxels = np.stack(np.indices(data.shape), -1).reshape(-1, 3)
    points = nibabel.affines.apply_affine(sform, voxels) * np.array([-1, -1, 1])
    return {
        "worst": float(np.abs(data.reshape(-1) - value_at(points)).max()),
        "forms": float(np.abs(qform - sform).max()),
        "codes": [int(qcode), int(scode)],
        "units": image.header.get_xyzt_units()[0],
        "axes": "".join(nibabel.aff2axcodes(image.affine)),
    }


def geometry(cases):
    return [{"dicom": dicom_volume(case["dicom"]), "nifti": nifti_volume(case["nifti"])} for case in cases]


def series(paths):
    import pydicom

    answer = []
    for path in paths:
        data = pydicom.dcmread(path)
        answer.append(
            {
                "patient": str(data.PatientName),
                "frames": int(data.get("NumberOfFrames", 1)),
                "shape": list(data.pixel_array.shape),
                "largest": float(data.pixel_array.max() * float(data.RescaleSlope)),
                "spacing": [float(one) for one in data.get("PixelSpacing", [])],
                "window": [float(data.WindowCenter), float(data.WindowWidth), data.VOILUTFunction],
                "synthetic": data.get("SyntheticData", ""),
                "sources": [str(item.ReferencedSOPInstanceUID) for item in data.get("SourceImageSequence", [])],
            }
        )
    return answer


def complex_list(array):
    return np.ascontiguousarray(array, np.complex64).view(np.float32).reshape(-1).tolist()


def ismrmrd_file(path):
    import h5py
    import ismrmrd

    data = ismrmrd.Dataset(path, "dataset", False)
    header = ismrmrd.xsd.CreateFromDocument(data.read_xml_header())
    lines = [data.read_acquisition(i) for i in range(data.number_of_acquisitions())]
    encoding = header.encoding[0]
    answer = {
        "places": [[line.idx.slice, line.idx.kspace_encode_step_1] for line in lines],
        "samples": [complex_list(line.data) for line in lines],
        "position": list(lines[0].position),
        "read": list(lines[0].read_dir),
        "phase": list(lines[0].phase_dir),
        "slice": list(lines[0].slice_dir),
        "matrix": [encoding.encodedSpace.matrixSize.x, encoding.encodedSpace.matrixSize.y],
        "fov": [encoding.encodedSpace.fieldOfView_mm.x, encoding.encodedSpace.fieldOfView_mm.y],
        "limits": [encoding.encodingLimits.kspace_encoding_step_1.maximum, encoding.encodingLimits.kspace_encoding_step_1.center],
        "patient": header.subjectInformation.patientName,
        "first": bool(lines[0].is_flag_set(ismrmrd.ACQ_FIRST_IN_SLICE)),
        "last": bool(lines[-1].is_flag_set(ismrmrd.ACQ_LAST_IN_MEASUREMENT)),
    }
    data.close()
    with h5py.File(path, "r") as file:
        from ismrmrd.hdf5 import acquisition_dtype

        with h5py.File("memory", "w", driver="core", backing_store=False) as other:
            expected = other.create_dataset("data", shape=(0,), dtype=acquisition_dtype)
            answer["sameType"] = file["dataset/data"].id.get_type().equal(expected.id.get_type())
    return answer


def recon_image(path):
    """The magnitude that ismrmrd_recon_cartesian_2d left in its input."""
    import h5py

    with h5py.File(path, "r") as file:
        found = []
        file["dataset"].visititems(lambda name, item: found.append(item) if name.endswith("/data") else None)
        return np.squeeze(found[0][()]).astype(float).reshape(-1).tolist()


def fastmri_file(path):
    import h5py

    with h5py.File(path, "r") as file:
        return {
            "shape": list(file["kspace"].shape),
            "type": str(file["kspace"].dtype),
            "kspace": complex_list(file["kspace"][()]),
            "mask": file["mask"][()].tolist(),
            "rss": file["reconstruction_rss"][()].reshape(-1).tolist(),
            "rssShape": list(file["reconstruction_rss"].shape),
            "header": file["ismrmrd_header"][()].decode()[:5],
            "attributes": {name: str(value) for name, value in file.attrs.items()},
        }


def image_h5(path):
    import h5py

    with h5py.File(path, "r") as file:
        return {
            "shape": list(file["reconstruction"].shape),
            "type": str(file["reconstruction"].dtype),
            "complex": complex_list(file["complex"][()]),
            "method": json.loads(file["record"][()])["job"]["method"],
        }


def npy_files(paths):
    arrays = [np.load(path) for path in paths]
    return [{"type": str(one.dtype), "shape": list(one.shape), "last": float(np.abs(one.reshape(-1)[-1]))} for one in arrays]


with open(sys.argv[1], encoding="utf-8") as request:
    asked = json.load(request)
print(json.dumps({name: globals()[name](argument) for name, argument in asked.items()}))
