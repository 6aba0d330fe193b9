"""Networks: the multi-decoder U-Net, its EDM preconditioning, the autoencoder and the unrolled reconstructor."""
