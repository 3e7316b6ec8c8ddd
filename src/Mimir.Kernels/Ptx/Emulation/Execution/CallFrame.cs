using System.Numerics;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a recursive function must find again when it goes on behind a call: its registers and its local memory, results apart.</summary>
/// <param name="Predicates">Places of predicates.</param>
/// <param name="Narrow">Places with 32-bit lanes.</param>
/// <param name="Wide">Places with 64-bit lanes.</param>
/// <param name="LocalOffset">Where its local memory begins.</param>
/// <param name="LocalBytes">How long it is.</param>
internal sealed record CallFrame(int[] Predicates, int[] Narrow, int[] Wide, int LocalOffset, int LocalBytes)
{
    /// <summary>Bytes of a lane's saved frame.</summary>
    public int Bytes => 4 * (Predicates.Length + Narrow.Length) + 8 * Wide.Length + LocalBytes;
}

/// <summary>Saves frames before recursive calls and restores them after; every lane has its own stack. <see cref="DecodedInstruction.Mode"/> is the
/// frame's number.</summary>
internal static unsafe class CallFrames
{
    /// <summary>Local memory that a thread can have.</summary>
    private const int MaximumBytes = 512 * 1024;

    public static void Save(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var frame = runner.Frame(i->Mode);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var stack = runner.Warp.Stack(lane);
            if ((stack.Count + 1L) * frame.Bytes > MaximumBytes)
                runner.Fail(DiagnosticKinds.OutOfBounds, i, lane, $"the call stack is {stack.Count} calls deep and exceeds {MaximumBytes} bytes of local memory");
            var saved = new byte[frame.Bytes];
            Transfer(runner, r, frame, lane, saved, saves: true);
            stack.Push(saved);
        }
    }

    public static void Restore(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            Transfer(runner, r, runner.Frame(i->Mode), lane, runner.Warp.Stack(lane).Pop(), saves: false);
        }
    }

    private static void Transfer(BlockRunner runner, byte* r, CallFrame frame, int lane, Span<byte> saved, bool saves)
    {
        var words = MemoryMarshal.Cast<byte, uint>(saved[..(4 * (frame.Predicates.Length + frame.Narrow.Length))]);
        var next = 0;
        foreach (var place in frame.Predicates)
        {
            ref var word = ref words[next++];
            if (saves)
                word = *(uint*)(r + place) >> lane & 1;
            else
                Comparison.Write((uint*)(r + place), 0 - word, 1u << lane);
        }
        foreach (var place in frame.Narrow)
            Exchange(ref words[next++], ref ((uint*)(r + place))[lane], saves);
        var rest = saved[(4 * next)..];
        foreach (var place in frame.Wide)
        {
            Exchange(ref MemoryMarshal.AsRef<ulong>(rest), ref ((ulong*)(r + place))[lane], saves);
            rest = rest[8..];
        }
        var local = new Span<byte>(runner.Warp.Local + (long)lane * runner.LocalBytes + frame.LocalOffset, frame.LocalBytes);
        if (saves)
            local.CopyTo(rest);
        else
            rest.CopyTo(local);
    }

    private static void Exchange<T>(ref T saved, ref T live, bool saves) where T : unmanaged
    {
        if (saves)
            saved = live;
        else
            live = saved;
    }
}
