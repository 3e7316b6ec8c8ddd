using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

internal readonly struct AddDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => (a.AsDouble() + b.AsDouble()).AsUInt64();
}

internal readonly struct SubtractDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => (a.AsDouble() - b.AsDouble()).AsUInt64();
}

internal readonly struct MultiplyDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => (a.AsDouble() * b.AsDouble()).AsUInt64();
}

internal readonly struct FusedMultiplyAddDouble : ITernary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) =>
        Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).AsUInt64();
}

internal readonly struct DivideDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => (a.AsDouble() / b.AsDouble()).AsUInt64();
}

internal readonly struct ReciprocalDouble : IUnary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a) => (Vector512<double>.One / a.AsDouble()).AsUInt64();
}

internal readonly struct SquareRootDouble : IUnary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a) => Vector512.Sqrt(a.AsDouble()).AsUInt64();
}

internal readonly struct MinimumDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.MinNumber(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal readonly struct MaximumDouble : IBinary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => Vector512.MaxNumber(a.AsDouble(), b.AsDouble()).AsUInt64();
}

internal readonly struct NegateDouble : IUnary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a) => a ^ Vector512.Create(0x8000_0000_0000_0000u);
}

internal readonly struct AbsoluteDouble : IUnary64
{
    public static Vector512<ulong> Apply(Vector512<ulong> a) => a & Vector512.Create(0x7FFF_FFFF_FFFF_FFFFu);
}
