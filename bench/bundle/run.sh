#!/bin/bash
# Runs the GPU benchmark on the machine that the bundle was unpacked on: run.sh <folder for the results> [tiny]
set -eu
bundle=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
driver=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -f $driver ]; then export VK_DRIVER_FILES=$driver; fi
nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm --format=csv > "$out/gpu.csv" || true
# the libraries of the bundle come last: a newer libstdc++ of the machine's own is as good
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:/usr/lib/x86_64-linux-gnu:$bundle/lib
size=${2:-cifar}
# ours and tfjs's own, in turns
for round in 1 2; do
  timeout 150 "$bundle/node" "$bundle/bench/gpu/webgpuPeer.mjs" "$out/ours$round.json" "$size" ours || true
  timeout 100 "$bundle/node" "$bundle/bench/gpu/webgpuPeer.mjs" "$out/stock$round.json" "$size" stock || true
done
if command -v python3 > /dev/null && python3 -c "import torch; assert torch.cuda.is_available()"; then
  timeout 240 python3 "$bundle/bench/gpu/torch_gpu.py" "$out/torch.json"
else
  echo "no PyTorch with a GPU here: torch.json is missing" >&2
fi
