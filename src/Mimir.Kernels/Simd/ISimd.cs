namespace Mimir.Kernels.Simd;

/// <summary>The vector operations that kernels are written in, once for every width. Kernels are generic over a struct that
/// implements this, so the compiler makes one specialised copy a width and inlines every call.</summary>
/// <typeparam name="V">The register type: <c>Vector512&lt;float&gt;</c> and so on, or <c>float</c> for the scalar form.</typeparam>
internal unsafe interface ISimd<V> where V : unmanaged
{
    /// <summary>Floats in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>All lanes zero.</summary>
    static abstract V Zero { get; }

    /// <summary>One value in every lane.</summary>
    static abstract V Broadcast(float value);

    /// <summary>Reads <see cref="Lanes"/> floats; no alignment is needed.</summary>
    static abstract V Load(float* source);

    /// <summary>Writes <see cref="Lanes"/> floats.</summary>
    static abstract void Store(float* destination, V value);

    /// <summary>As <see cref="Store"/>, past the caches where the processor can: for what is read much later. The destination must lie on a
    /// multiple of the register's size, and a fence must follow the last of such stores.</summary>
    static abstract void StoreStreaming(float* destination, V value);

    /// <summary>Reads <paramref name="count"/> floats (0 to <see cref="Lanes"/>) and touches no byte beyond; the other lanes are zero.</summary>
    static abstract V LoadPartial(float* source, int count);

    /// <summary>Writes the first <paramref name="count"/> lanes and touches no byte beyond.</summary>
    static abstract void StorePartial(float* destination, V value, int count);

    /// <summary>a + b.</summary>
    static abstract V Add(V a, V b);

    /// <summary>a − b.</summary>
    static abstract V Subtract(V a, V b);

    /// <summary>a · b.</summary>
    static abstract V Multiply(V a, V b);

    /// <summary>a / b.</summary>
    static abstract V Divide(V a, V b);

    /// <summary>a · b + c with one rounding.</summary>
    static abstract V FusedMultiplyAdd(V a, V b, V c);

    /// <summary>−a.</summary>
    static abstract V Negate(V a);

    /// <summary>For each lane the entry of a table of 16 floats (fastest in one cache line) that the low four bits of the lane's bit pattern name.</summary>
    static abstract V Lookup(float* table, V position);

    /// <summary>Lane-wise minimum; NaN where <paramref name="b"/> is NaN.
    /// Where only <paramref name="a"/> is, either may come: put constants first.</summary>
    static abstract V Min(V a, V b);

    /// <summary>Lane-wise maximum; NaN where <paramref name="b"/> is NaN.
    /// Where only <paramref name="a"/> is, either may come: put constants first.</summary>
    static abstract V Max(V a, V b);

    /// <summary>Square root.</summary>
    static abstract V Sqrt(V a);

    /// <summary>Absolute value.</summary>
    static abstract V Abs(V a);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>2^n for whole n in [−126, 127], exact; +∞ for 128. Any value for NaN.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>The value's exponent e and mantissa m in [√½, √2) with a = m · 2^e, for positive normal a; any
    /// values for other a.</summary>
    static abstract V SplitExponent(V a, out V exponent);

    /// <summary>Where a &lt; b picks <paramref name="whenLess"/>, elsewhere (NaN included) <paramref name="otherwise"/>.</summary>
    static abstract V SelectLess(V a, V b, V whenLess, V otherwise);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign bit of <paramref name="sign"/>.</summary>
    static abstract V CopySign(V magnitude, V sign);

    /// <summary>Sum of all lanes, by halving.</summary>
    static abstract float Sum(V a);

    /// <summary>Largest lane; a NaN may be passed over.</summary>
    static abstract float MaxAcross(V a);
}
