namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Which warp of a block runs next, which of its groups, and for how long, by the launch's <see cref="WarpSchedule"/>.</summary>
internal sealed class WarpOrder(EmulatorOptions options)
{
    /// <summary>A turn in order: long, for a warp gives way at barriers anyway; it ends only what waits for others by looping.</summary>
    private const int LongTurn = 1 << 16;

    /// <summary>Turns of the other schedules, in instructions.</summary>
    private const int ShortTurn = 96;

    /// <summary>Turns that lanes with the lowest program counter may keep the others of their warp waiting.</summary>
    private const int PatientTurns = 4;

    private ulong _state;
    private int _current;

    /// <summary>Starts the order of a block: it depends on the block and the seed, not on what ran before.</summary>
    public void BeginBlock(Dim3 block, LaunchContext context)
    {
        _current = -1;
        _state = options.Seed * 0x9E37_79B9_7F4A_7C15 + (ulong)context.NumberOf(block) + 0x1234_5678_9ABC_DEF1;
    }

    /// <summary>The next warp with something to do; −1 where there is none.</summary>
    public int Next(ReadOnlySpan<Warp> warps) => options.Schedule switch
    {
        WarpSchedule.Random => From(warps, (int)(Draw() % (uint)warps.Length)),
        WarpSchedule.Adversarial => LongestSinceSharedWrite(warps),
        _ => From(warps, _current >= 0 && warps[_current].IsReady ? _current + 1 : _current + 1),
    };

    /// <summary>The next group of a warp; −1 where none is ready.</summary>
    public int NextGroup(Warp warp)
    {
        if (warp.Count > 1 && options.Schedule == WarpSchedule.Random && (Draw() & 1) != 0)
        {
            var first = (int)(Draw() % (uint)warp.Count);
            for (var n = 0; n < warp.Count; n++)
            {
                var group = (first + n) % warp.Count;
                if (warp[group].State == GroupState.Ready)
                    return group;
            }
        }
        var lowest = warp.Lowest();
        // Lanes that loop may wait for others of their warp: when whole turns pass without the groups meeting, the others run, each in its turn.
        if (warp.CrowdedTurns < PatientTurns || lowest < 0)
            return lowest;
        for (var n = 0; n < warp.Count; n++)
        {
            var group = (warp.CrowdedTurns + n) % warp.Count;
            if (warp[group].State == GroupState.Ready)
                return group;
        }
        return lowest;
    }

    /// <summary>How many instructions the turn lasts.</summary>
    public int Budget() => options.Schedule switch
    {
        WarpSchedule.Random => 1 + (int)(Draw() % ShortTurn),
        WarpSchedule.Adversarial => ShortTurn,
        _ => LongTurn,
    };

    /// <summary>A number below a bound.</summary>
    public int Draw(int bound) => (int)(Draw() % (uint)bound);

    private int From(ReadOnlySpan<Warp> warps, int first)
    {
        for (var n = 0; n < warps.Length; n++)
        {
            var index = (first + n) % warps.Length;
            if (warps[index].IsReady)
                return _current = index;
        }
        return -1;
    }

    private static int LongestSinceSharedWrite(ReadOnlySpan<Warp> warps)
    {
        var best = -1;
        // From the last warp down, so that ties go against the order of the warps.
        for (var n = warps.Length - 1; n >= 0; n--)
        {
            if (warps[n].IsReady && (best < 0 || warps[n].SharedWrite < warps[best].SharedWrite))
                best = n;
        }
        return best;
    }

    /// <summary>SplitMix64.</summary>
    private uint Draw()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        var z = _state;
        z = (z ^ z >> 30) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
        return (uint)((z ^ z >> 31) >> 32);
    }
}
