#!/bin/sh
# As in images of the IMPROVE project: the folder of the data, then flags.
export IMPROVE_DATA_DIR=$1 CANDLE_DATA_DIR=$1
shift
exec python3 "$FAKE_IMAGE/older/older_preprocess_improve.py" "$@"
