namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Which register can hold what an instruction reads or writes.</summary>
internal static class RegisterClasses
{
    /// <summary>Same size and same basic kind; bit-size types match every type of their size, signed and unsigned each other.</summary>
    public static bool Matches(PtxType register, PtxType wanted)
    {
        if (register == PtxType.Pred || wanted == PtxType.Pred)
            return register == wanted;
        if (register.Bits() != wanted.Bits())
            return false;
        if (register.IsUntyped() || wanted.IsUntyped())
            return true;
        return register.IsFloat() == wanted.IsFloat() && (!register.IsFloat() || register == wanted);
    }

    /// <summary>The relaxed rule of ld, st and cvt: a wider register will do unless both sides are floats.</summary>
    public static bool MatchesLoosely(PtxType register, PtxType wanted)
    {
        if (register == PtxType.Pred || wanted == PtxType.Pred)
            return false;
        if (register.IsFloat())
            return wanted.IsFloat() ? register == wanted : wanted.IsUntyped() && register.Bits() >= wanted.Bits();
        return register.Bits() >= wanted.Bits() && (register.IsUntyped() || !wanted.IsFloat());
    }

    /// <summary>Whether a 32-bit register can hold packed elements of a matrix.</summary>
    public static bool MatchesFragment(PtxType register) => register.Bits() == 32 && register != PtxType.F32 && register != PtxType.Pred;
}
