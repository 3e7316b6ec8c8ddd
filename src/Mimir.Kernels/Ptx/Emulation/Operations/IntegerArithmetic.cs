using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A unary operation on zero-extended 16-bit values.</summary>
internal readonly struct Unsigned16Unary<TOp> : IUnary32 where TOp : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Halves.Low(TOp.Apply(a));
}

/// <summary>A binary operation on zero-extended 16-bit values.</summary>
internal readonly struct Unsigned16<TOp> : IBinary32 where TOp : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Halves.Low(TOp.Apply(a, b));
}

/// <summary>A binary operation on 16-bit values that are signed for it.</summary>
internal readonly struct Signed16<TOp> : IBinary32 where TOp : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) =>
        Halves.Low(TOp.Apply(Halves.Extend(a), Halves.Extend(b)));
}

/// <summary>A unary operation on 16-bit values that are signed for it.</summary>
internal readonly struct Signed16Unary<TOp> : IUnary32 where TOp : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Halves.Low(TOp.Apply(Halves.Extend(a)));
}

/// <summary>A ternary operation on zero-extended 16-bit values.</summary>
internal readonly struct Unsigned16Ternary<TOp> : ITernary32 where TOp : ITernary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Halves.Low(TOp.Apply(a, b, c));
}

/// <summary>16-bit values in 32-bit lanes.</summary>
internal static class Halves
{
    public static Vector512<uint> Low(Vector512<uint> a) => a & Vector512.Create(0xFFFFu);

    public static Vector512<uint> Extend(Vector512<uint> a) => ((a.AsInt32() << 16) >> 16).AsUInt32();
}

internal readonly struct Add : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a + b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a + b;
}

internal readonly struct Subtract : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a - b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a - b;
}

internal readonly struct MultiplyLow : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a * b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a * b;
}

internal readonly struct MultiplyAddLow : ITernary32, ITernary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => a * b + c;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => a * b + c;
}

internal readonly struct NegateInteger : IUnary32, IUnary64
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Vector512<uint>.Zero - a;

    public static Vector512<ulong> Apply(Vector512<ulong> a) => Vector512<ulong>.Zero - a;
}

internal readonly struct AbsoluteInteger : IUnary32, IUnary64
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Vector512.Abs(a.AsInt32()).AsUInt32();

    public static Vector512<ulong> Apply(Vector512<ulong> a) => Vector512.Abs(a.AsInt64()).AsUInt64();
}

internal readonly struct MinimumUnsigned : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Vector512.Min(a, b);

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Min(a, b);
}

internal readonly struct MaximumUnsigned : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Vector512.Max(a, b);

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Max(a, b);
}

internal readonly struct MinimumSigned : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Vector512.Min(a.AsInt32(), b.AsInt32()).AsUInt32();

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Min(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal readonly struct MaximumSigned : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Vector512.Max(a.AsInt32(), b.AsInt32()).AsUInt32();

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Max(a.AsInt64(), b.AsInt64()).AsUInt64();
}

internal readonly struct ZeroExtend : IExtension
{
    public static Vector512<ulong> Apply(Vector256<uint> a)
    {
        var (low, high) = Vector256.Widen(a);
        return Vector512.Create(low, high);
    }
}

internal readonly struct SignExtend : IExtension
{
    public static Vector512<ulong> Apply(Vector256<uint> a)
    {
        var (low, high) = Vector256.Widen(a.AsInt32());
        return Vector512.Create(low, high).AsUInt64();
    }
}

/// <summary>mul.wide.u16: 16-bit factors, a 32-bit product.</summary>
internal readonly struct MultiplyWide16 : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a * b;
}

/// <summary>mul.wide.s16.</summary>
internal readonly struct MultiplyWideSigned16 : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Halves.Extend(a) * Halves.Extend(b);
}

/// <summary>mad.wide.u16 and .s16: the addend has 32 bits.</summary>
internal readonly struct MultiplyAddWide16<TProduct> : ITernary32 where TProduct : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => TProduct.Apply(a, b) + c;
}

/// <summary>Saturating s32 addition.</summary>
internal readonly unsafe struct AddSaturating : ILane2<uint, uint, uint>
{
    public static uint Apply(uint a, uint b, DecodedInstruction* i) => (uint)(int)Math.Clamp((long)(int)a + (int)b, int.MinValue, int.MaxValue);
}

/// <summary>Saturating s32 subtraction.</summary>
internal readonly unsafe struct SubtractSaturating : ILane2<uint, uint, uint>
{
    public static uint Apply(uint a, uint b, DecodedInstruction* i) => (uint)(int)Math.Clamp((long)(int)a - (int)b, int.MinValue, int.MaxValue);
}

/// <summary>mul.hi of every width.</summary>
internal readonly unsafe struct MultiplyHigh :
    ILane2<uint, uint, uint>, ILane2<ulong, ulong, ulong>, ILane3<uint, uint, uint, uint>, ILane3<ulong, ulong, ulong, ulong>
{
    public static uint Apply(uint a, uint b, DecodedInstruction* i) => (PtxType)i->Mode switch
    {
        PtxType.S16 => (ushort)((short)a * (short)b >> 16),
        PtxType.U16 => (ushort)(a * b >> 16),
        PtxType.S32 => (uint)((long)(int)a * (int)b >> 32),
        _ => (uint)((ulong)a * b >> 32),
    };

    public static ulong Apply(ulong a, ulong b, DecodedInstruction* i) =>
        (PtxType)i->Mode == PtxType.S64 ? (ulong)Math.BigMul((long)a, (long)b, out long _) : Math.BigMul(a, b, out ulong _);

    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) =>
        (PtxType)i->Mode is PtxType.S16 or PtxType.U16 ? (ushort)(Apply(a, b, i) + c) : Apply(a, b, i) + c;

    public static ulong Apply(ulong a, ulong b, ulong c, DecodedInstruction* i) => Apply(a, b, i) + c;
}

/// <summary>mad.hi.sat.s32.</summary>
internal readonly unsafe struct MultiplyAddHighSaturating : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) => AddSaturating.Apply((uint)((long)(int)a * (int)b >> 32), c, i);
}

/// <summary>mul24 and mad24.</summary>
internal readonly unsafe struct Multiply24<THigh, TSaturate> : ILane2<uint, uint, uint>, ILane3<uint, uint, uint, uint>
    where THigh : IChoice where TSaturate : IChoice
{
    public static uint Apply(uint a, uint b, DecodedInstruction* i)
    {
        var product = (PtxType)i->Mode == PtxType.S32
            ? (ulong)((long)((int)(a << 8) >> 8) * ((int)(b << 8) >> 8))
            : (ulong)(a & 0xFFFFFF) * (b & 0xFFFFFF);
        return (uint)(THigh.IsTrue ? product >> 16 : product);
    }

    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) =>
        TSaturate.IsTrue ? AddSaturating.Apply(Apply(a, b, i), c, i) : Apply(a, b, i) + c;
}

/// <summary>A constant truth for a generic argument.</summary>
internal interface IChoice
{
    static abstract bool IsTrue { get; }
}

internal readonly struct Yes : IChoice
{
    public static bool IsTrue => true;
}

internal readonly struct No : IChoice
{
    public static bool IsTrue => false;
}

/// <summary>sad: |a − b| + c.</summary>
internal readonly unsafe struct SumOfDifferences : ILane3<uint, uint, uint, uint>, ILane3<ulong, ulong, ulong, ulong>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) => (PtxType)i->Mode switch
    {
        PtxType.S16 => (ushort)(Math.Abs((short)a - (short)b) + c),
        PtxType.U16 => (ushort)(Math.Max(a, b) - Math.Min(a, b) + c),
        PtxType.S32 => ((int)a < (int)b ? b - a : a - b) + c,
        _ => Math.Max(a, b) - Math.Min(a, b) + c,
    };

    public static ulong Apply(ulong a, ulong b, ulong c, DecodedInstruction* i) =>
        ((PtxType)i->Mode == PtxType.S64 ? (long)a < (long)b : a < b) ? b - a + c : a - b + c;
}

/// <summary>min.relu and max.relu: negative results become 0.</summary>
internal readonly struct RectifiedInteger<TOp> : IBinary32 where TOp : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) =>
        Vector512.Max(TOp.Apply(a, b).AsInt32(), Vector512<int>.Zero).AsUInt32();
}
