namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Values at which instructions go wrong.</summary>
internal static class EdgeValues
{
    public static readonly ulong[] Bits16 = [0, 1, 2, 3, 0xFF, 0x100, 0x1234, 0x7FFF, 0x8000, 0x8001, 0xABCD, 0xFFFE, 0xFFFF];

    public static readonly ulong[] Bits32 =
    [
        0, 1, 2, 3, 7, 31, 32, 33, 100, 0xFF, 0xFFFF, 0x1_0000, 0x12345678, 0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xDEAD_BEEF,
        0xFFFF_FF80, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    public static readonly ulong[] Bits64 =
    [
        0, 1, 2, 3, 63, 64, 65, 0xFFFF_FFFF, 0x1_0000_0000, 0x0123_4567_89AB_CDEF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        0x8000_0000_0000_0001, 0xFEDC_BA98_7654_3210, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FFFF_FFFE, 0xFFFF_FFFF_FFFF_FFFF,
    ];

    /// <summary>f32 bits: zeros, subnormals, the edges of the normals, ties, infinities, NaNs.</summary>
    public static readonly ulong[] Singles =
    [
        0x0000_0000, 0x8000_0000, 0x0000_0001, 0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x8080_0000, 0x0080_0001, 0x3300_0000, 0x3380_0000, 0x3EAA_AAAB,
        0x3F00_0000, 0x3F7F_FFFF, 0x3F80_0000, 0xBF80_0000, 0x3F80_0001, 0x3FC0_0000, 0x4020_0000, 0xC020_0000, 0x4049_0FDB, 0x4B00_0001, 0x4B80_0001,
        0x5F00_0000, 0xDF00_0001, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC0_1234,
    ];

    /// <summary>f64 bits of the same kind.</summary>
    public static readonly ulong[] Doubles =
    [
        0x0000_0000_0000_0000, 0x8000_0000_0000_0000, 0x0000_0000_0000_0001, 0x8000_0000_0000_0001, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000,
        0x8010_0000_0000_0001, 0x3CA0_0000_0000_0000, 0x3FD5_5555_5555_5555, 0x3FEF_FFFF_FFFF_FFFF, 0x3FF0_0000_0000_0000, 0xBFF0_0000_0000_0000,
        0x3FF0_0000_0000_0001, 0x3FF8_0000_0000_0000, 0x4004_0000_0000_0000, 0xC004_0000_0000_0000, 0x41EF_FFFF_FFE0_0000, 0x43E0_0000_0000_0000,
        0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
    ];

    /// <summary>f16 bits of the same kind.</summary>
    public static readonly ulong[] Halves =
    [
        0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x8401, 0x1400, 0x3555, 0x3800, 0x3BFF, 0x3C00, 0xBC00, 0x3C01, 0x3E00, 0x4100, 0xC248, 0x6400,
        0x6BFF, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00,
    ];

    /// <summary>bf16 bits of the same kind.</summary>
    public static readonly ulong[] BFloats =
    [
        0x0000, 0x8000, 0x0001, 0x8001, 0x007F, 0x0080, 0x8081, 0x3380, 0x3EAB, 0x3F00, 0x3F7F, 0x3F80, 0xBF80, 0x3F81, 0x3FC0, 0x4020, 0xC049, 0x4B00,
        0x5F00, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80, 0x7FC0,
    ];

    public static float ToSingle(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    public static double ToDouble(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    public static ulong Bits(float value) => float.IsNaN(value) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits(value);

    public static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>Whether f64 bits are the same, NaNs as a class.</summary>
    public static bool AreSameDouble(ulong expected, ulong actual) =>
        expected == actual || double.IsNaN(ToDouble(expected)) && double.IsNaN(ToDouble(actual));
}
