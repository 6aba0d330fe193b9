"""Writes ISMRMRD files with every flag and layout that matters, and beside them the k-space that a reader must give.

usage: make-ismrmrd.py FOLDER. All expected arrays are complex64 [slice, coil, ky, kx].
"""
import os, sys
import ismrmrd, numpy as np

folder = sys.argv[1]
rng = np.random.default_rng(8)
COILS = 3
NORMAL = (0.0, 0.0, 1.0)

HEADER = """<?xml version="1.0"?><ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD">
<subjectInformation><patientName>Made^Up &amp; Sons</patientName><patientID>T-1</patientID></subjectInformation>
<measurementInformation><patientPosition>HFS</patientPosition><protocolName>made for a test</protocolName></measurementInformation>
<acquisitionSystemInformation><systemVendor>none</systemVendor><systemFieldStrength_T>1.5</systemFieldStrength_T></acquisitionSystemInformation>
<experimentalConditions><H1resonanceFrequency_Hz>63500000</H1resonanceFrequency_Hz></experimentalConditions>
{encodings}<sequenceParameters><TR>500</TR><TE>10</TE><TE>20</TE></sequenceParameters></ismrmrdHeader>"""

def encoding(nx, ny, nz, rx, ry, rz, fov=(400, 200, 24), recon=(200, 200, 24), centre=None, centre2=None, trajectory="cartesian"):
    size = lambda tag, m, f: (f"<{tag}><matrixSize><x>{m[0]}</x><y>{m[1]}</y><z>{m[2]}</z></matrixSize><fieldOfView_mm>"
        f"<x>{f[0]}</x><y>{f[1]}</y><z>{f[2]}</z></fieldOfView_mm></{tag}>")
    limit = lambda step, n, c: f"<kspace_encoding_step_{step}><minimum>0</minimum><maximum>{n - 1}</maximum><center>{c}</center></kspace_encoding_step_{step}>"
    return ("<encoding>" + size("encodedSpace", (nx, ny, nz), fov) + size("reconSpace", (rx, ry, rz), recon) + "<encodingLimits>"
        + limit(1, ny, ny // 2 if centre is None else centre) + limit(2, nz, nz // 2 if centre2 is None else centre2)
        + f"</encodingLimits><trajectory>{trajectory}</trajectory></encoding>")

def noise(*shape):
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)

def line(data, flags=(), centre=None, pre=0, post=0, position=(0, 0, 0), read=(1, 0, 0), phase=(0, 1, 0), normal=NORMAL, space=0, **idx):
    acquisition = ismrmrd.Acquisition()
    acquisition.resize(data.shape[1], data.shape[0])
    acquisition.data[:] = data
    for flag in flags:
        acquisition.setFlag(flag)
    acquisition.center_sample = data.shape[1] // 2 if centre is None else centre
    acquisition.discard_pre, acquisition.discard_post = pre, post
    acquisition.encoding_space_ref = space
    acquisition.position[:], acquisition.read_dir[:], acquisition.phase_dir[:], acquisition.slice_dir[:] = position, read, phase, normal
    for name, value in idx.items():
        setattr(acquisition.idx, {"y": "kspace_encode_step_1", "z": "kspace_encode_step_2"}.get(name, name), value)
    return acquisition

def write(name, encodings, lines, **expected):
    path = os.path.join(folder, name + ".h5")
    dataset = ismrmrd.Dataset(path, "dataset", create_if_needed=True)
    dataset.write_xml_header(HEADER.format(encodings=encodings).encode())
    for one in lines:
        dataset.append_acquisition(one)
    dataset.close()
    for key, value in expected.items():
        np.save(os.path.join(folder, f"{name}.{key}.npy"), value)

def centred(transform, data, axis):
    return np.fft.fftshift(transform(np.fft.ifftshift(data, axes=axis), axis=axis, norm="ortho"), axes=axis)

def cut(data):
    n = data.shape[-1]
    image = centred(np.fft.ifft, data, -1)
    return centred(np.fft.fft, image[..., n // 4 : n // 4 + n // 2], -1).astype(np.complex64)

NX, NY = 32, 16
F = ismrmrd
loud = lambda: 1e6 * noise(COILS, NX)

# Flags, averages, reversed lines, slices out of order, a k-space centre off the middle, undersampling with calibration.
lines = [line(noise(COILS, 40), [F.ACQ_IS_NOISE_MEASUREMENT]), line(noise(COILS, 24), [F.ACQ_IS_NOISE_MEASUREMENT])]
noise_scan = np.concatenate([one.data for one in lines], axis=1)
full = noise(3, 2, COILS, NY, NX)
calibration = noise(3, COILS, NY, NX)
image = np.zeros((3, COILS, NY, NX), np.complex64)
calibrated = np.zeros_like(image)
heights = [5.0, -7.0, 17.0]
for slice_ in range(3):
    at = dict(slice=slice_, position=(1, 2, heights[slice_]))
    for flag in (F.ACQ_IS_PHASECORR_DATA, F.ACQ_IS_NAVIGATION_DATA, F.ACQ_IS_HPFEEDBACK_DATA, F.ACQ_IS_DUMMYSCAN_DATA,
                 F.ACQ_IS_RTFEEDBACK_DATA, F.ACQ_IS_SURFACECOILCORRECTIONSCAN_DATA):
        lines.append(line(loud(), [flag], y=3, **at))
    for average in range(2):
        for y in list(range(0, NY - 2, 2)):
            flags = [F.ACQ_IS_PARALLEL_CALIBRATION_AND_IMAGING] if y == 6 else []
            data = full[slice_, average, :, y]
            if y % 4 == 2:
                flags.append(F.ACQ_IS_REVERSE)
                data = data[:, ::-1]
            lines.append(line(data, flags, y=y, average=average, **at))
    for y in (5, 7):
        lines.append(line(calibration[slice_, :, y], [F.ACQ_IS_PARALLEL_CALIBRATION], y=y, **at))
    # centre 6 of 16: line y lands in row y + 2
    for y in range(0, NY - 2, 2):
        image[slice_, :, y + 2] = full[slice_, :, :, y].mean(axis=0)
    calibrated[slice_, :, 7], calibrated[slice_, :, 9] = calibration[slice_, :, 5], calibration[slice_, :, 7]
    calibrated[slice_, :, 8] = full[slice_, :, :, 6].mean(axis=0)
order = np.argsort(heights)
write("flags", encoding(NX, NY, 1, 16, 16, 1, centre=6), lines,
      kspace=cut(image[order]), calibration=cut(calibrated[order]), noise=noise_scan)

# An asymmetric echo: 22 of 32 samples, two discarded in front, the centre at the tenth.
data = noise(COILS, NY, 22)
full = np.zeros((1, COILS, NY, NX), np.complex64)
full[0, :, :, 16 - 10 + 2 : 16 - 10 + 22] = data[:, :, 2:]
write("asymmetric", encoding(NX, NY, 1, 32, 16, 1, recon=(400, 200, 24)),
      [line(data[:, y], centre=10, pre=2, y=y) for y in range(NY)], kspace=full)

# Three dimensions, second phase encoding complete, then with one missing.
NZ = 6
data = noise(NZ, COILS, NY, NX)
lines = [line(data[z, :, y], y=y, z=z, position=(0, 0, 30)) for z in range(NZ) for y in range(NY)]
space = encoding(NX, NY, NZ, 16, 16, NZ)
write("volume", space, lines, kspace=cut(centred(np.fft.ifft, data, 0)))
write("volume-undersampled", space, lines[:-1])

# Contrasts, repetitions, sets and a second encoding are datasets of their own; planes at right angles as well.
lines = [line(noise(COILS, NX), y=y, contrast=c, repetition=r, set=s) for c in range(2) for r in range(2) for s in range(2) for y in range(NY)]
lines += [line(noise(COILS, 16), y=y, space=1) for y in range(8)]
write("many", encoding(NX, NY, 1, 16, 16, 1) + encoding(16, 8, 1, 8, 8, 1), lines)
planes = [((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 1, 0), (0, 0, -1), (-1, 0, 0)), ((1, 0, 0), (0, 0, -1), (0, 1, 0))]
write("planes", encoding(NX, NY, 1, 16, 16, 1),
      [line(noise(COILS, NX), y=y, slice=s, read=r, phase=p, normal=n) for s, (r, p, n) in enumerate(planes) for y in range(NY)])

# What is refused: radial, only noise, a line outside of the matrix, a file without lines.
write("radial", encoding(NX, NY, 1, 16, 16, 1, trajectory="radial"), [line(noise(COILS, NX), y=y) for y in range(NY)])
write("noise-only", encoding(NX, NY, 1, 16, 16, 1), [line(noise(COILS, NX), [F.ACQ_IS_NOISE_MEASUREMENT])])
write("outside", encoding(NX, NY, 1, 16, 16, 1), [line(noise(COILS, NX), y=y) for y in (0, 40)])
write("unknown-orientation", encoding(NX, NY, 1, 16, 16, 1),
      [line(noise(COILS, NX), y=y, slice=s, read=(0, 0, 0), phase=(0, 0, 0), normal=(0, 0, 0)) for s in range(2) for y in range(NY)])
# One encoding that can be reconstructed beside one that cannot.
write("mixed", encoding(NX, NY, 1, 16, 16, 1) + encoding(16, 8, 1, 8, 8, 1, trajectory="spiral"),
      [line(noise(COILS, NX), y=y) for y in range(NY)] + [line(noise(COILS, 16), y=y, space=1, repetition=r) for r in range(2) for y in range(8)])
