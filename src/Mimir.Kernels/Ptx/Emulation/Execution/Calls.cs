using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Arguments and results of calls, in local memory.</summary>
internal static unsafe class Calls
{
    public static void CopyLocal(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        TellWritten(runner, i, lanes);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var local = runner.Warp.Local + (long)BitOperations.TrailingZeroCount(rest) * runner.LocalBytes;
            Unsafe.CopyBlockUnaligned(local + i->B, local + i->A, (uint)i->Bytes);
        }
    }

    public static void StoreLocal(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        TellWritten(runner, i, lanes);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var value = i->Mode == 1 ? ((ulong*)(r + i->A))[lane] : ((uint*)(r + i->A))[lane];
            Unsafe.CopyBlockUnaligned(runner.Warp.Local + (long)lane * runner.LocalBytes + i->B, &value, (uint)i->Bytes);
        }
    }

    private static void TellWritten(BlockRunner runner, DecodedInstruction* i, uint lanes)
    {
        if (runner.Monitor is not { } monitor)
            return;
        new Span<ulong>(runner.Addresses, Lanes.Count).Fill((ulong)i->B);
        monitor.OnAccess(new WarpAccess
        {
            Instruction = i->Index,
            Space = StateSpace.Local,
            Kind = AccessKind.Store,
            Lanes = lanes,
            Bytes = i->Bytes,
            Addresses = runner.Addresses,
            Warp = runner.Warp.Number,
        });
    }

    public static void LoadLocal(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var value = 0ul;
            Unsafe.CopyBlockUnaligned(&value, runner.Warp.Local + (long)lane * runner.LocalBytes + i->B, (uint)i->Bytes);
            if (i->Mode == 1)
                ((ulong*)(r + i->D))[lane] = value;
            else
                ((uint*)(r + i->D))[lane] = (uint)value;
        }
    }
}
