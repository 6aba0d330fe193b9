"""The foundry: makes the learned parts of PureEcho.

Data folders become packed slices (``prepare``), slices become scans (``simulate``), scans train networks
(``train``), networks become ONNX graphs with a manifest (``export``), and every number on a card comes from
``evaluate``. All images are complex, carried as two float32 planes ``[..., 2, y, x]`` at network interfaces;
all noise levels are per real component, in the scale of :mod:`foundry.scale`.
"""

__version__ = "0.1.0"
