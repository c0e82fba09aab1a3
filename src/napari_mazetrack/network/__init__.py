"""The detector in PyTorch.

`backbones` (`mobilenet` or timm, `imagenet_weights` from a file) → `pyramid` (FPN and context) → `detector_network`
(heads) → `refinement` (a second look at each keypoint) → `candidates` (the graph that is exported). For training:
`matching` (targets of each prior), `losses` (with `refinement_loss`, `heat_maps` and `counts`) and `ends` (which end is
which). `model_weights` writes a model file and reads its weights back; `eager` runs one as it was trained.
"""
