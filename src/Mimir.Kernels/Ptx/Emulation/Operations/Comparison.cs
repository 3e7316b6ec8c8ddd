using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A relation of 32-bit lanes: all ones where it holds.</summary>
internal interface IRelation32
{
    static abstract Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b);
}

/// <summary>A relation of 64-bit lanes.</summary>
internal interface IRelation64
{
    static abstract Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b);
}

/// <summary>A relation of two registers: bit l tells whether it holds in lane l.</summary>
internal unsafe interface ITest
{
    static abstract uint Test(byte* a, byte* b);
}

/// <summary>32-bit lanes.</summary>
internal readonly unsafe struct Test32<TRelation> : ITest where TRelation : IRelation32
{
    public static uint Test(byte* a, byte* b)
    {
        var low = TRelation.Holds(Vector512.Load((uint*)a), Vector512.Load((uint*)b)).ExtractMostSignificantBits();
        var high = TRelation.Holds(Vector512.Load((uint*)a + 16), Vector512.Load((uint*)b + 16)).ExtractMostSignificantBits();
        return (uint)(low | high << 16);
    }
}

/// <summary>64-bit lanes.</summary>
internal readonly unsafe struct Test64<TRelation> : ITest where TRelation : IRelation64
{
    public static uint Test(byte* a, byte* b)
    {
        var bits = 0ul;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
            bits |= TRelation.Holds(Vector512.Load((ulong*)a + lane), Vector512.Load((ulong*)b + lane)).ExtractMostSignificantBits() << lane;
        return (uint)bits;
    }
}

/// <summary>setp and set. <see cref="DecodedInstruction.Mode"/>: <see cref="Inverts"/>, and what combines the relation with the predicate C.</summary>
internal static unsafe class Comparison
{
    public const int And = 1;
    public const int Or = 2;
    public const int Xor = 3;

    /// <summary>The relation's opposite is meant.</summary>
    public const int Inverts = 4;

    public static void ToPredicate<TTest>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TTest : ITest
    {
        var holds = TTest.Test(r + i->A, r + i->B);
        if ((i->Mode & Inverts) != 0)
            holds = ~holds;
        var (first, second) = (holds, ~holds);
        if ((i->Mode & 3) != 0)
        {
            var other = *(uint*)(r + i->C) ^ (uint)i->E;
            (first, second) = (Combine(first, other, i->Mode & 3), Combine(second, other, i->Mode & 3));
        }
        Write((uint*)(r + i->D), first, lanes);
        Write((uint*)(r + i->D2), second, lanes);
    }

    /// <summary>set: <see cref="DecodedInstruction.Offset"/> where it holds, else 0.</summary>
    public static void ToValue<TTest>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TTest : ITest
    {
        var holds = TTest.Test(r + i->A, r + i->B);
        if ((i->Mode & Inverts) != 0)
            holds = ~holds;
        if ((i->Mode & 3) != 0)
            holds = Combine(holds, *(uint*)(r + i->C) ^ (uint)i->E, i->Mode & 3);
        var value = Vector512.Create((uint)i->Offset);
        for (var lane = 0; lane < Lanes.Count; lane += 16)
            Elementwise.Blend((uint*)(r + i->D) + lane, Lanes.Select32(holds, lane) & value, lanes, lane);
    }

    /// <summary>Sets the lanes' bits of a predicate.</summary>
    public static void Write(uint* predicate, uint value, uint lanes) => *predicate = *predicate & ~lanes | value & lanes;

    private static uint Combine(uint holds, uint other, int operation) => operation switch
    {
        And => holds & other,
        Or => holds | other,
        _ => holds ^ other,
    };
}

internal readonly struct Equal : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.Equals(a, b);

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Equals(a, b);
}

internal readonly struct LessUnsigned : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a, b);

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a, b);
}

internal readonly struct LessSigned : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a.AsInt32(), b.AsInt32()).AsUInt32();

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a.AsInt64(), b.AsInt64()).AsUInt64();
}

/// <summary>A relation of signed 16-bit values.</summary>
internal readonly struct Relation16<TRelation> : IRelation32 where TRelation : IRelation32
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => TRelation.Holds(Halves.Extend(a), Halves.Extend(b));
}

internal readonly struct EqualFloat : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.Equals(a.AsSingle(), b.AsSingle()).AsUInt32();

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Equals(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal readonly struct LessFloat : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThan(a.AsSingle(), b.AsSingle()).AsUInt32();

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal readonly struct LessEqualFloat : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => Vector512.LessThanOrEqual(a.AsSingle(), b.AsSingle()).AsUInt32();

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.LessThanOrEqual(a.AsDouble(), b.AsDouble()).AsUInt64();
}

/// <summary>Neither is NaN.</summary>
internal readonly struct OrderedFloat : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => EqualFloat.Holds(a, a) & EqualFloat.Holds(b, b);

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => EqualFloat.Holds(a, a) & EqualFloat.Holds(b, b);
}

/// <summary>ne: different numbers; false on NaN.</summary>
internal readonly struct DifferentFloat : IRelation32, IRelation64
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => OrderedFloat.Holds(a, b) & ~EqualFloat.Holds(a, b);

    public static Vector512<ulong> Holds(Vector512<ulong> a, Vector512<ulong> b) => OrderedFloat.Holds(a, b) & ~EqualFloat.Holds(a, b);
}

/// <summary>An f32 relation with .ftz.</summary>
internal readonly struct FlushedRelation<TRelation> : IRelation32 where TRelation : IRelation32
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) => TRelation.Holds(Float32.Flush(a), Float32.Flush(b));
}

/// <summary>An f32 relation of 16-bit floats in their lanes, those of a half where the format picks one.</summary>
internal readonly struct HalfRelation<TRelation, TFormat> : IRelation32 where TRelation : IRelation32 where TFormat : IHalfFormat
{
    public static Vector512<uint> Holds(Vector512<uint> a, Vector512<uint> b) =>
        TRelation.Holds(TFormat.Widen(a), TFormat.Widen(b));
}

/// <summary>testp; <see cref="DecodedInstruction.Mode"/> is the <see cref="PtxModifier"/>.</summary>
internal static unsafe class FloatTest
{
    public static void Test<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var holds = 0u;
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var a = ((T*)(r + i->A))[lane];
            var isTrue = (PtxModifier)i->Mode switch
            {
                PtxModifier.Finite => T.IsFinite(a),
                PtxModifier.Infinite => T.IsInfinity(a),
                PtxModifier.Number => !T.IsNaN(a),
                PtxModifier.NotANumber => T.IsNaN(a),
                PtxModifier.Normal => T.IsNormal(a),
                _ => T.IsSubnormal(a),
            };
            holds |= isTrue ? 1u << lane : 0;
        }
        Comparison.Write((uint*)(r + i->D), holds, lanes);
    }
}
