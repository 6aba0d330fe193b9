"""Converts a Cartesian twix file (VD and later, one encoding, no accelerated lines) to ISMRMRD.

    python twix_to_ismrmrd.py MEAS.dat OUT.h5

Samples are taken over unchanged: readout oversampling stays, so that a reader has to remove it; noise scans become
acquisitions with the noise flag. Directions are those of twixtools, from the rotation in the slice data (columns are
phase, read and slice in the patient system: sagittal, coronal, transverse = LPS) with phase and read turned round, as
the image of an inverse Fourier transform has them. The phantom agrees: the flat surface of its liquid and the filling
plug then point up for a subject lying on the back. Nothing about the subject is taken over.
"""

import sys

import ismrmrd
import numpy as np
import twixtools
from ismrmrd import xsd


def space(x, y, fov_x, fov_y, thickness):
    return xsd.encodingSpaceType(
        matrixSize=xsd.matrixSizeType(x=x, y=y, z=1),
        fieldOfView_mm=xsd.fieldOfViewMm(x=fov_x, y=fov_y, z=thickness),
    )


def limits(highest, centre=0):
    return xsd.limitType(minimum=0, maximum=highest, center=centre)


def header(protocol, first, coils):
    """The flexible header from the protocol ('MeasYaps') and the first image line."""
    slice_zero = protocol["sSliceArray"]["asSlice"][0]
    k_space = protocol["sKSpace"]
    samples, lines = first.mdh.SamplesInScan, k_space["lPhaseEncodingLines"]
    base = k_space["lBaseResolution"]
    read_fov, phase_fov, thickness = (slice_zero[key] for key in ("dReadoutFOV", "dPhaseFOV", "dThickness"))
    centre = int(first.mdh.CenterLin)
    unused = limits(0)
    return xsd.ismrmrdHeader(
        version=1,
        measurementInformation=xsd.measurementInformationType(
            patientPosition=xsd.patientPositionType.HFS,
            protocolName=protocol["tProtocolName"],
            seriesDescription="resolution phantom, two coils",
        ),
        acquisitionSystemInformation=xsd.acquisitionSystemInformationType(
            systemVendor="SIEMENS",
            systemFieldStrength_T=protocol["sProtConsistencyInfo"]["flNominalB0"],
            receiverChannels=coils,
        ),
        experimentalConditions=xsd.experimentalConditionsType(
            H1resonanceFrequency_Hz=protocol["sTXSPEC"]["asNucleusInfo"][0]["lFrequency"]
        ),
        encoding=[
            xsd.encodingType(
                trajectory=xsd.trajectoryType.CARTESIAN,
                encodedSpace=space(samples, lines, read_fov * samples / base, phase_fov, thickness),
                reconSpace=space(base, lines, read_fov, phase_fov, thickness),
                encodingLimits=xsd.encodingLimitsType(
                    kspace_encoding_step_0=limits(samples - 1, samples // 2),
                    kspace_encoding_step_1=limits(lines - 1, centre),
                    kspace_encoding_step_2=unused,
                    average=unused,
                    slice=unused,
                    contrast=unused,
                    phase=unused,
                    repetition=unused,
                    set=unused,
                    segment=unused,
                ),
            )
        ],
        sequenceParameters=xsd.sequenceParametersType(
            TR=[protocol["alTR"][0] / 1000],
            TE=[protocol["alTE"][0] / 1000],
            flipAngle_deg=[protocol["adFlipAngleDegree"][0]],
        ),
    )


def acquisition(block, number, last, directions, dwell_us):
    """One readout with its place in k-space and in the patient."""
    acq = ismrmrd.Acquisition.from_array(np.ascontiguousarray(block.data, np.complex64))
    acq.version = 1
    acq.scan_counter = number
    acq.available_channels = acq.active_channels
    acq.sample_time_us = dwell_us
    acq.center_sample = int(block.mdh.CenterCol)
    acq.idx.kspace_encode_step_1 = int(block.cLin)
    acq.idx.slice = int(block.cSlc)
    for name, column in (("phase_dir", 0), ("read_dir", 1), ("slice_dir", 2)):
        getattr(acq, name)[:] = directions[:, column]
    place = block.mdh.SliceData.SlicePos
    acq.position[:] = (place.Sag, place.Cor, place.Tra)
    if "NOISEADJSCAN" in block.get_active_flags():
        acq.set_flag(ismrmrd.ACQ_IS_NOISE_MEASUREMENT)
    if last:
        acq.set_flag(ismrmrd.ACQ_LAST_IN_MEASUREMENT)
    return acq


def main(source, target):
    measurement = [part for part in twixtools.read_twix(source, verbose=False) if isinstance(part, dict)][-1]
    blocks = [b for b in measurement["mdb"] if b.is_image_scan() or "NOISEADJSCAN" in b.get_active_flags()]
    first = next(b for b in blocks if b.is_image_scan())
    protocol = measurement["hdr"]["MeasYaps"]
    dataset = ismrmrd.Dataset(target, "dataset", create_if_needed=True)
    dataset.write_xml_header(header(protocol, first, int(first.mdh.UsedChannels)).toXML("utf-8"))
    # In ns, of the oversampled readout.
    dwell_us = protocol["sRXSPEC"]["alDwellTime"][0] / 1000
    for number, block in enumerate(blocks):
        directions = measurement["geometry"][int(block.cSlc)].prs_to_pcs()
        dataset.append_acquisition(acquisition(block, number, number == len(blocks) - 1, directions, dwell_us))
    dataset.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
