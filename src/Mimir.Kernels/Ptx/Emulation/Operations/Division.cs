using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A quotient or remainder of non-zero divisors.</summary>
internal interface IQuotient<T>
{
    static abstract T Apply(T a, T b);

    /// <summary>What the emulator gives for a zero divisor, where the hardware promises nothing.</summary>
    static abstract T ByZero(T a);
}

/// <summary>Integer division: truncated, INT_MIN / −1 wraps, division by zero is reported.</summary>
internal static unsafe class Division
{
    public static void Divide<TOp, T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TOp : IQuotient<T> where T : unmanaged, INumberBase<T>
    {
        T* d = (T*)(r + i->D), a = (T*)(r + i->A), b = (T*)(r + i->B);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (T.IsZero(b[lane]))
            {
                runner.Report(PtxSeverity.Error, DiagnosticKinds.DivisionByZero, i, lane, "integer division by zero has no defined result");
                d[lane] = TOp.ByZero(a[lane]);
            }
            else
            {
                d[lane] = TOp.Apply(a[lane], b[lane]);
            }
        }
    }
}

/// <summary>div.u16, .u32 and .u64.</summary>
internal readonly struct QuotientUnsigned : IQuotient<uint>, IQuotient<ulong>
{
    public static uint Apply(uint a, uint b) => a / b;

    public static uint ByZero(uint a) => uint.MaxValue;

    public static ulong Apply(ulong a, ulong b) => a / b;

    public static ulong ByZero(ulong a) => ulong.MaxValue;
}

/// <summary>rem.u16, .u32 and .u64.</summary>
internal readonly struct RemainderUnsigned : IQuotient<uint>, IQuotient<ulong>
{
    public static uint Apply(uint a, uint b) => a % b;

    public static uint ByZero(uint a) => a;

    public static ulong Apply(ulong a, ulong b) => a % b;

    public static ulong ByZero(ulong a) => a;
}

/// <summary>div.s32 and .s64.</summary>
internal readonly struct QuotientSigned : IQuotient<uint>, IQuotient<ulong>
{
    public static uint Apply(uint a, uint b) => b == uint.MaxValue ? 0 - a : (uint)((int)a / (int)b);

    public static uint ByZero(uint a) => uint.MaxValue;

    public static ulong Apply(ulong a, ulong b) => b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b);

    public static ulong ByZero(ulong a) => ulong.MaxValue;
}

/// <summary>rem.s32 and .s64.</summary>
internal readonly struct RemainderSigned : IQuotient<uint>, IQuotient<ulong>
{
    public static uint Apply(uint a, uint b) => b == uint.MaxValue ? 0 : (uint)((int)a % (int)b);

    public static uint ByZero(uint a) => a;

    public static ulong Apply(ulong a, ulong b) => b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b);

    public static ulong ByZero(ulong a) => a;
}

/// <summary>div.s16 and rem.s16, from the 32-bit operation.</summary>
internal readonly struct Signed16Quotient<TOp> : IQuotient<uint> where TOp : IQuotient<uint>
{
    public static uint Apply(uint a, uint b) => (ushort)TOp.Apply((uint)(short)a, (uint)(short)b);

    public static uint ByZero(uint a) => (ushort)TOp.ByZero(a);
}

/// <summary>div.u16 and rem.u16, from the 32-bit operation.</summary>
internal readonly struct Unsigned16Quotient<TOp> : IQuotient<uint> where TOp : IQuotient<uint>
{
    public static uint Apply(uint a, uint b) => TOp.Apply(a, b);

    public static uint ByZero(uint a) => (ushort)TOp.ByZero(a);
}
