#!/usr/bin/env bash
# Make the default model: simulated pools and open fields, the labelled open-field frames, one training.
#
#   benchmarks/train_shipped_model.sh [WORK_FOLDER] [MINUTES] [train options, such as --init MODEL]
#
# Writes WORK_FOLDER/model/model.onnx; look at its scores and at benchmarks/accuracy.py before it takes the place of
# sample_data/mouse_pool.onnx. A stopped training goes on when the same command is given again.
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
.venv/bin/python benchmarks/accuracy.py --model "$work/model/model.onnx"
