#!/usr/bin/env bash
# Make the default model: simulated pools and open fields, the labelled open-field frames, one training.
#
#   benchmarks/train_shipped_model.sh [WORK_FOLDER] [MINUTES] [train options, such as --init MODEL]
#
# Writes WORK_FOLDER/model/model.onnx and model_int8.onnx; look at their scores and at benchmarks/accuracy.py before they
# take the places of sample_data/mouse_pool.onnx and mouse_pool_int8.onnx. A stopped training goes on when the same
# command is given again.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-/tmp/shipped_model}
minutes=${2:-90}
shift $(($# < 2 ? $# : 2))
frames=../shared/data/openfield_frames/CollectedData_head_body_tail.csv
mazetrack=.venv/bin/mazetrack

for seed in 1 2; do
    pictures=$work/pictures$seed
    [ -e "$pictures/CollectedData_simulated.csv" ] || $mazetrack simulate --pictures 3000 --seed $seed --out "$pictures" --force
done
resume=$([ -e "$work/model/checkpoint.pt" ] && echo --resume || true)
$mazetrack train "$work"/pictures[12]/CollectedData_simulated.csv $frames \
    --seed 7 --epochs 1000 --minutes "$minutes" --out "$work/model" $resume "$@"

# INT8: ranges from pools, simulated and shipped, and from the open field, its frames as one film.
[ -e "$work/film/trials.csv" ] || $mazetrack simulate --scenario visible --seed 8 --out "$work/film" --force
.venv/bin/python - "$(dirname "$frames")" "$work/openfield.mp4" <<'PYTHON'
import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image

pictures = [np.array(Image.open(path).convert("RGB")) for path in sorted(Path(sys.argv[1]).glob("*.png"))]
height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
with av.open(sys.argv[2], "w") as film:
    stream = film.add_stream("libx264", rate=10, options={"crf": "8"})
    stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
    for picture in pictures:
        film.mux(stream.encode(av.VideoFrame.from_ndarray(picture[:height, :width], "rgb24")))
    film.mux(stream.encode(None))
PYTHON
$mazetrack export "$work/model/model.onnx" --precision int8 --portable --out "$work/model/model_int8.onnx" --force \
    --calibrate sample_data/pool_hidden.mp4 --calibrate sample_data/pool_probe.mp4 \
    --calibrate "$work/openfield.mp4" --calibrate "$work/film/sim_001_visible.mp4"
for model in model model_int8; do
    .venv/bin/python benchmarks/accuracy.py --model "$work/model/$model.onnx"
done
