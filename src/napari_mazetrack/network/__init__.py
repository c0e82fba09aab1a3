"""The detector in PyTorch.

`backbones` (`mobilenet` or timm) → `pyramid` (FPN and context) → `detector_network` (heads) → `candidates` (the graph
that is exported). For training: `matching` (targets of each prior), `losses` and `ends` (which end is which).
`model_weights` writes a model file and reads its weights back.
"""
