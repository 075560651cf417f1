"""The application as the server loads it: without garbage collections meanwhile, which would find nothing."""

import gc
from importlib import import_module

gc.disable()
app = import_module("callcenter.callcenter").app
gc.enable()
