using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels;

/// <summary>The integer register operations that Philox needs, once for every width. A lane of 64 bits holds one word of one block in
/// its low half; what is in the high half does not matter between operations.</summary>
/// <typeparam name="U">The register type.</typeparam>
internal unsafe interface IPhiloxLanes<U> where U : unmanaged
{
    /// <summary>Blocks in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>One value in every lane.</summary>
    static abstract U Broadcast(ulong value);

    /// <summary>Block numbers from <paramref name="first"/> on, in the order that <see cref="Store"/> undoes.</summary>
    static abstract U Indices(ulong first);

    /// <summary>Product of the low halves, all 64 bits.</summary>
    static abstract U Multiply(U a, U b);

    /// <summary>a ^ b ^ c.</summary>
    static abstract U Xor(U a, U b, U c);

    /// <summary>The high half, moved to the low half.</summary>
    static abstract U High(U a);

    /// <summary>Writes 4·<see cref="Lanes"/> numbers (word &gt;&gt; 8)·2⁻²⁴, block after block.</summary>
    static abstract void Store(float* destination, U word0, U word1, U word2, U word3);
}

/// <summary>8 blocks at a time.</summary>
internal readonly unsafe struct Philox512 : IPhiloxLanes<Vector512<ulong>>
{
    private static Vector512<ulong> LowHalf => Vector512.Create(0xFFFFFFFFUL);

    /// <inheritdoc/>
    public static int Lanes => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Broadcast(ulong value) => Vector512.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Indices(ulong first) => Vector512.Create(first) + Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => a ^ b ^ c;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> High(Vector512<ulong> a) => a >>> 32;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        float* destination, Vector512<ulong> word0, Vector512<ulong> word1, Vector512<ulong> word2, Vector512<ulong> word3)
    {
        // Unpacking takes the even lanes, then the odd ones: with the lane order of Indices these are blocks 0..3 and 4..7.
        var front = (word0 & LowHalf) | (word1 << 32);
        var back = (word2 & LowHalf) | (word3 << 32);
        Fractions(Avx512F.UnpackLow(front, back)).Store(destination);
        Fractions(Avx512F.UnpackHigh(front, back)).Store(destination + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fractions(Vector512<ulong> words) =>
        Vector512.ConvertToSingle((words.AsUInt32() >>> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));
}

/// <summary>4 blocks at a time.</summary>
internal readonly unsafe struct Philox256 : IPhiloxLanes<Vector256<ulong>>
{
    private static Vector256<ulong> LowHalf => Vector256.Create(0xFFFFFFFFUL);

    /// <inheritdoc/>
    public static int Lanes => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Broadcast(ulong value) => Vector256.Create(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Indices(ulong first) => Vector256.Create(first) + Vector256.Create(0UL, 2, 1, 3);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ b ^ c;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> High(Vector256<ulong> a) => a >>> 32;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        float* destination, Vector256<ulong> word0, Vector256<ulong> word1, Vector256<ulong> word2, Vector256<ulong> word3)
    {
        // As in the 512-bit form: blocks 0 and 1, then 2 and 3.
        var front = (word0 & LowHalf) | (word1 << 32);
        var back = (word2 & LowHalf) | (word3 << 32);
        Fractions(Avx2.UnpackLow(front, back)).Store(destination);
        Fractions(Avx2.UnpackHigh(front, back)).Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Fractions(Vector256<ulong> words) =>
        Vector256.ConvertToSingle((words.AsUInt32() >>> 8).AsInt32()) * Vector256.Create(1f / (1 << 24));
}

/// <summary>One block at a time, for scalar and 128-bit code: the processor's own 64-bit product is as fast as a short register.</summary>
internal readonly unsafe struct PhiloxScalar : IPhiloxLanes<ulong>
{
    /// <inheritdoc/>
    public static int Lanes => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Broadcast(ulong value) => value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Indices(ulong first) => first;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong a, ulong b) => (ulong)(uint)a * (uint)b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Xor(ulong a, ulong b, ulong c) => a ^ b ^ c;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong High(ulong a) => a >> 32;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, ulong word0, ulong word1, ulong word2, ulong word3)
    {
        destination[0] = Fraction(word0);
        destination[1] = Fraction(word1);
        destination[2] = Fraction(word2);
        destination[3] = Fraction(word3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Fraction(ulong word) => (int)((uint)word >> 8) * (1f / (1 << 24));
}
