namespace Mimir.Kernels.Ptx;

/// <summary>The fundamental and instruction types of PTX.</summary>
public enum PtxType
{
    /// <summary>One bit, in a predicate register.</summary>
    Pred,
    B8, B16, B32, B64,
    U8, U16, U32, U64,
    S8, S16, S32, S64,
    F16, F16x2, F32, F64,

    /// <summary>Held in .b16 registers.</summary>
    BF16,

    /// <summary>Held in .b32 registers.</summary>
    BF16x2,

    /// <summary>Held in .b32 registers.</summary>
    TF32,
}

/// <summary>What can be asked of a type.</summary>
public static class PtxTypes
{
    /// <summary>Bits of a value; 1 for a predicate.</summary>
    public static int Bits(this PtxType type) => type switch
    {
        PtxType.Pred => 1,
        PtxType.B8 or PtxType.U8 or PtxType.S8 => 8,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 => 16,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 64,
        _ => 32,
    };

    /// <summary>Bytes of a value in memory.</summary>
    public static int Bytes(this PtxType type) => Math.Max(1, type.Bits() / 8);

    /// <summary>As written in PTX, without the dot.</summary>
    public static string Name(this PtxType type) => type.ToString().ToLowerInvariant();

    /// <summary>.u8 to .u64.</summary>
    public static bool IsUnsigned(this PtxType type) => type is PtxType.U8 or PtxType.U16 or PtxType.U32 or PtxType.U64;

    /// <summary>.s8 to .s64.</summary>
    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    /// <summary>.b8 to .b64.</summary>
    public static bool IsUntyped(this PtxType type) => type is PtxType.B8 or PtxType.B16 or PtxType.B32 or PtxType.B64;

    /// <summary>Any floating-point type, packed ones included.</summary>
    public static bool IsFloat(this PtxType type) => type >= PtxType.F16;
}
