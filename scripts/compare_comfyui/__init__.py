"""Our files and pictures beside ComfyUI itself: `python -m scripts.compare_comfyui CHECKOUT`."""
