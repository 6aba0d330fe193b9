"""Prints, as JSON lines, what pydicom says of every frame of the DICOM files on standard input."""
import hashlib, json, sys
import numpy as np, pydicom

def macro(ds, index, sequence, keyword):
    for holder in ([ds.PerFrameFunctionalGroupsSequence[index]] if "PerFrameFunctionalGroupsSequence" in ds else []) + (
        [ds.SharedFunctionalGroupsSequence[0]] if "SharedFunctionalGroupsSequence" in ds else []
    ):
        if sequence in holder and keyword in holder[sequence].value[0]:
            return holder[sequence].value[0][keyword].value
    return ds.get(keyword)

def plain(value):
    return None if value is None else [float(v) for v in (value if hasattr(value, "__len__") else [value])]

for path in sys.stdin.read().splitlines():
    ds = pydicom.dcmread(path, force=True)
    if not hasattr(ds.file_meta, "TransferSyntaxUID"):
        ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    pixels = ds.pixel_array.astype(np.float64)
    frames = pixels if int(ds.get("NumberOfFrames", 1) or 1) > 1 else pixels[None]
    for index, frame in enumerate(frames):
        slope = plain(macro(ds, index, "PixelValueTransformationSequence", "RescaleSlope")) or [1.0]
        offset = plain(macro(ds, index, "PixelValueTransformationSequence", "RescaleIntercept")) or [0.0]
        if ds.PhotometricInterpretation == "MONOCHROME1":
            frame = (-1 if ds.PixelRepresentation else 2**ds.BitsStored - 1) - frame
        values = (frame * slope[0] + offset[0]).astype("<f4")
        print(json.dumps({
            "path": path, "frame": index, "sha256": hashlib.sha256(values.tobytes()).hexdigest(), "shape": list(values.shape),
            "position": plain(macro(ds, index, "PlanePositionSequence", "ImagePositionPatient")),
            "orientation": plain(macro(ds, index, "PlaneOrientationSequence", "ImageOrientationPatient")),
            "spacing": plain(macro(ds, index, "PixelMeasuresSequence", "PixelSpacing")),
            "patient": str(ds.get("PatientName", "")),
        }))
