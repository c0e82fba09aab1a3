"""The numbers that training and inference share, NumPy only.

`spec` (what a model file says of itself) → `letterbox` (frame to input) → the network → `priors` and `coding`
(raw outputs to candidates) → `instances` (candidates to instances: threshold and NMS) → `pixel_errors`.
`model_file` reads and checks the ONNX container of a model.
"""
