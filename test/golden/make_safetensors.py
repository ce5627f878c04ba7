"""What Python's safetensors reads from a model that chainrule saved, and a file that it writes itself.

    node test/golden/make_safetensors.mjs model.safetensors
    python3 test/golden/make_safetensors.py model.safetensors > test/golden/safetensors.json

Written with safetensors 0.8.0 and numpy 2.4.6.
"""
import base64
import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

path = sys.argv[1]
with open(path, "rb") as file:
    saved = base64.b64encode(file.read()).decode()
with safe_open(path, framework="np") as file:
    read = {
        "metadata": file.metadata(),
        "tensors": {
            name: {
                "dtype": str(file.get_tensor(name).dtype),
                "shape": list(file.get_tensor(name).shape),
                "data": file.get_tensor(name).ravel().tolist(),
            }
            for name in sorted(file.keys())
        },
    }

tensors = {
    "dense/kernel": np.arange(6, dtype=np.float32).reshape(3, 2) / 4,
    "dense/bias": np.array([-1.5, 2e-45], dtype=np.float32),
    "labels": np.array([[-(2**31), 2**31 - 1]], dtype=np.int32),
    "pixels": np.array([0, 7, 255], dtype=np.uint8),
}
written = base64.b64encode(save(tensors, {"format": "np", "note": "schön"})).decode()
print(json.dumps({"saved": saved, "read": read, "written": written}, ensure_ascii=False, indent=1))
