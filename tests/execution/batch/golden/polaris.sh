#!/bin/bash -l
#PBS -N cross-hpo
#PBS -A Project
#PBS -q debug
#PBS -l select=2:system=polaris
#PBS -l walltime=01:00:00
#PBS -l filesystems=home:eagle
#PBS -l place=scatter
#PBS -k doe
#PBS -j oe
#PBS -o /eagle/P/u/x/.search/jobs/LGBM-CCLE-LARGE-ga-seed1/1/output.log
#PBS -r n

# LGBM-CCLE-LARGE-ga-seed1
deadline=$(( $(date +%s) + 3540 ))
cd /eagle/P/u/x || exit 66
module use /soft/modulefiles
module load conda
conda activate base
export OMP_NUM_THREADS=8
export MPI4PY_RC_RECV_MPROBE=0
export MPICH_GPU_SUPPORT_ENABLED=0
export TMPDIR=/tmp
exec /eagle/P/u/venv/bin/python -P -m hpo.execution.batch.inside /eagle/P/u/x/.search/jobs/LGBM-CCLE-LARGE-ga-seed1/1 --deadline "$deadline"
