namespace Mimir.Kernels.Ptx;

/// <summary>Everything that can follow an opcode after a dot, except types and state spaces. Comparison names that are also operations
/// (and, or, xor, min, max, add) have one entry.</summary>
public enum PtxModifier
{
    // rounding
    Rn, Rz, Rm, Rp, Rni, Rzi, Rmi, Rpi, Rna,
    Ftz, Sat, Relu, Approx, Full, NaN, XorSign, AbsModifier,

    // integer products, shifts, permutation
    Lo, Hi, Wide, Cc, Left, Right, Wrap, Clamp, ShiftAmount, F4e, B4e, Rc8, Ecl, Ecr, Rc16,

    // comparison
    Eq, Ne, Lt, Le, Gt, Ge, Ls, Hs, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, NanTest,

    // testp
    Finite, Infinite, Number, NotANumber, Normal, Subnormal,

    // boolean, atomic and reduction operations
    And, Or, Xor, AddOperation, Min, Max, Inc, Dec, Exch, Cas, Popc, Noftz,

    // memory
    Volatile, Relaxed, Acquire, Release, AcqRel, Sc, Weak, ScopeCta, ScopeCluster, Gpu, Sys, Gl, Ca, Cg, Cs, Lu, Cv, Wb, Wt, Nc, V2, V4, To,
    L1, L2, L2B64, L2B128, L2B256, EvictFirst, EvictLast, EvictNormal, EvictUnchanged, NoAllocate, L2CacheHint, Fractional, Range,

    // warp and barrier
    Sync, Aligned, Arrive, Reduction, Warp, Up, Down, Bfly, Idx, All, Any, Uni, Ballot,

    // matrix
    M8N8, X1, X2, X4, Trans, M16N8K4, M16N8K8, M16N8K16, Row, Col,
}

/// <summary>A set of modifiers.</summary>
public readonly struct ModifierSet : IEquatable<ModifierSet>
{
    private readonly UInt128 _low;
    private readonly ulong _high;

    private ModifierSet(UInt128 low, ulong high) => (_low, _high) = (low, high);

    /// <summary>Whether a modifier is in it.</summary>
    public bool Has(PtxModifier modifier) =>
        (int)modifier < 128 ? (_low >> (int)modifier & 1) != 0 : (_high >> ((int)modifier - 128) & 1) != 0;

    /// <summary>The set with one more.</summary>
    public ModifierSet With(PtxModifier modifier) =>
        (int)modifier < 128
            ? new ModifierSet(_low | UInt128.One << (int)modifier, _high)
            : new ModifierSet(_low, _high | 1UL << ((int)modifier - 128));

    /// <inheritdoc/>
    public bool Equals(ModifierSet other) => _low == other._low && _high == other._high;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ModifierSet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_low, _high);
}
