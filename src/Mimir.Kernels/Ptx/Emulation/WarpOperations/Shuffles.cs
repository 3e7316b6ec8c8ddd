using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Which lane a shuffle reads from.</summary>
internal interface IShuffle
{
    static abstract int Source(int lane, int b, int segment, int clamp, out bool isInRange);
}

internal readonly struct ShuffleUp : IShuffle
{
    public static int Source(int lane, int b, int segment, int clamp, out bool isInRange)
    {
        var limit = lane & segment | clamp & ~segment;
        isInRange = lane - b >= limit;
        return lane - b;
    }
}

internal readonly struct ShuffleDown : IShuffle
{
    public static int Source(int lane, int b, int segment, int clamp, out bool isInRange)
    {
        var limit = lane & segment | clamp & ~segment;
        isInRange = lane + b <= limit;
        return lane + b;
    }
}

internal readonly struct ShuffleButterfly : IShuffle
{
    public static int Source(int lane, int b, int segment, int clamp, out bool isInRange)
    {
        var limit = lane & segment | clamp & ~segment;
        isInRange = (lane ^ b) <= limit;
        return lane ^ b;
    }
}

internal readonly struct ShuffleIndex : IShuffle
{
    public static int Source(int lane, int b, int segment, int clamp, out bool isInRange)
    {
        var limit = lane & segment | clamp & ~segment;
        var source = lane & segment | b & ~segment & 31;
        isInRange = source <= limit;
        return source;
    }
}

/// <summary>shfl.sync.</summary>
internal static unsafe class Shuffles
{
    public static void Shuffle<TShuffle>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TShuffle : IShuffle
    {
        // The destination may be the source: all values are read before any is written.
        var values = stackalloc uint[Lanes.Count];
        new ReadOnlySpan<uint>(r + i->A, Lanes.Count).CopyTo(new Span<uint>(values, Lanes.Count));
        var members = ((uint*)(r + i->Members))[BitOperations.TrailingZeroCount(lanes)];
        uint* d = (uint*)(r + i->D), b = (uint*)(r + i->B), c = (uint*)(r + i->C);
        var inRange = 0u;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var source = TShuffle.Source(lane, (int)(b[lane] & 31), (int)(c[lane] >> 8 & 31), (int)(c[lane] & 31), out var isInRange);
            if (!isInRange)
            {
                d[lane] = values[lane];
                continue;
            }
            inRange |= 1u << lane;
            d[lane] = values[source];
            if (((lanes & members) >> source & 1) == 0)
                ReportSource(runner, i, lane, source);
        }
        Comparison.Write((uint*)(r + i->D2), inRange, lanes);
    }

    private static void ReportSource(BlockRunner runner, DecodedInstruction* i, int lane, int source)
    {
        if (runner.Checks(EmulatorChecks.Synchronisation))
        {
            runner.Report(
                PtxSeverity.Error, DiagnosticKinds.ShuffleSource, i, lane,
                $"reads lane {source}, which has exited or is not in the mask: the value is undefined");
        }
    }
}
