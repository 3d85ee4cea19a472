#!/bin/bash -l
#SBATCH --job-name=cross-hpo
#SBATCH --account=Project
#SBATCH --partition=gpu
#SBATCH --nodes=2
#SBATCH --time=01:00:00
#SBATCH --exclusive
#SBATCH --output=/eagle/P/u/x/.search/jobs/LGBM-CCLE-LARGE-ga-seed1/1/output.log
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@60
#SBATCH --no-requeue

# LGBM-CCLE-LARGE-ga-seed1
deadline=$(( $(date +%s) + 3540 ))
cd '/a b/it'"'"'s' || exit 66
export OMP_NUM_THREADS=4
export MPI4PY_RC_RECV_MPROBE=0
exec /eagle/P/u/venv/bin/python -P -m hpo.execution.batch.inside /eagle/P/u/x/.search/jobs/LGBM-CCLE-LARGE-ga-seed1/1 --deadline "$deadline"
