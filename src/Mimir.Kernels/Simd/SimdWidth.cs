namespace Mimir.Kernels.Simd;

/// <summary>The vector width that the host kernels run at.</summary>
public enum SimdWidth
{
    /// <summary>One float at a time, for machines without vectors and for tests.</summary>
    Scalar = 32,

    /// <summary>Four floats.</summary>
    Bits128 = 128,

    /// <summary>Eight floats.</summary>
    Bits256 = 256,

    /// <summary>Sixteen floats.</summary>
    Bits512 = 512,
}

/// <summary>Words for <see cref="SimdWidth"/>.</summary>
public static class SimdWidthText
{
    /// <summary>Such as <c>512-bit SIMD</c>.</summary>
    public static string Describe(this SimdWidth width) => width == SimdWidth.Scalar ? "scalar code" : $"{(int)width}-bit SIMD";
}
