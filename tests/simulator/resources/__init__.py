"""The resource types of the simulated Azure, other than authorization and AKS."""
