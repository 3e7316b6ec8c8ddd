using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>add.cc and its like. Every thread has one carry flag; a subtraction sets it where it borrows.</summary>
internal static unsafe class CarryArithmetic
{
    public const int TakesCarry = 1;
    public const int WritesCarry = 2;
    public const int TakesHighHalf = 4;
    public const int IsSigned = 8;

    public static void Add<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, IBinaryInteger<T>
    {
        var carry = (uint*)(r + RegisterLayout.Carry);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            Sum((T*)(r + i->D) + lane, ((T*)(r + i->A))[lane], ((T*)(r + i->B))[lane], carry, lane, i->Mode);
        }
    }

    public static void Subtract<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, IBinaryInteger<T>
    {
        var carry = (uint*)(r + RegisterLayout.Carry);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var (a, b) = (((T*)(r + i->A))[lane], ((T*)(r + i->B))[lane]);
            var borrow = (i->Mode & TakesCarry) != 0 ? T.CreateTruncating(*carry >> lane & 1) : T.Zero;
            ((T*)(r + i->D))[lane] = a - b - borrow;
            Set(carry, lane, a < b || a == b && borrow != T.Zero, i->Mode);
        }
    }

    public static void MultiplyAdd<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, IBinaryInteger<T>
    {
        var carry = (uint*)(r + RegisterLayout.Carry);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var (a, b) = (((T*)(r + i->A))[lane], ((T*)(r + i->B))[lane]);
            var product = (i->Mode & TakesHighHalf) == 0 ? a * b : High(a, b, (i->Mode & IsSigned) != 0);
            Sum((T*)(r + i->D) + lane, product, ((T*)(r + i->C))[lane], carry, lane, i->Mode);
        }
    }

    private static void Sum<T>(T* d, T a, T b, uint* carry, int lane, int mode) where T : unmanaged, IBinaryInteger<T>
    {
        var add = (mode & TakesCarry) != 0 ? T.CreateTruncating(*carry >> lane & 1) : T.Zero;
        var sum = a + b;
        *d = sum + add;
        Set(carry, lane, sum < a || sum + add < sum, mode);
    }

    private static T High<T>(T a, T b, bool isSigned) where T : unmanaged, IBinaryInteger<T>
    {
        var bits = sizeof(T) * 8;
        if (!isSigned)
            return T.CreateTruncating(UInt128.CreateTruncating(a) * UInt128.CreateTruncating(b) >> bits);
        var (wideA, wideB) = (Int128.CreateTruncating(a), Int128.CreateTruncating(b));
        var unused = 128 - bits;
        return T.CreateTruncating((wideA << unused >> unused) * (wideB << unused >> unused) >> bits);
    }

    private static void Set(uint* carry, int lane, bool value, int mode)
    {
        if ((mode & WritesCarry) != 0)
            *carry = *carry & ~(1u << lane) | (value ? 1u << lane : 0);
    }
}
