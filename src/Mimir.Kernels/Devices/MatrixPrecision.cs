namespace Mimir.Kernels.Devices;

/// <summary>What the factors of a matrix product are rounded to before they are multiplied; sums are float32 always.</summary>
public enum MatrixPrecision
{
    /// <summary>Not rounded: fused multiply-adds in float32.</summary>
    Float32,

    /// <summary>TensorFloat-32 on tensor cores: 10 fraction bits.</summary>
    TensorFloat32,

    /// <summary>bfloat16 on tensor cores: 7 fraction bits.</summary>
    BFloat16,
}
