#!/bin/sh
# As in images of the IMPROVE project: the number of the GPU, the folder of the data, then flags.
export CUDA_VISIBLE_DEVICES=$1 IMPROVE_DATA_DIR=$2 CANDLE_DATA_DIR=$2
shift 2
exec python3 "$FAKE_IMAGE/older/older_train_improve.py" "$@"
