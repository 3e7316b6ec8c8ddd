using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>vote, match, redux, activemask and bar.warp.sync: what the lanes of a warp agree on.</summary>
internal static unsafe class Votes
{
    /// <summary>vote.all, .any, .uni: <typeparamref name="TVote"/> decides, every lane gets the result.</summary>
    public static void Vote<TVote>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TVote : IVote
    {
        var voters = lanes & Members(r, i, lanes);
        var yes = (*(uint*)(r + i->A) ^ (uint)i->E) & voters;
        Comparison.Write((uint*)(r + i->D), TVote.Decide(yes, voters) ? Lanes.All : 0, lanes);
    }

    /// <summary>vote.ballot.</summary>
    public static void Ballot(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var ballot = (*(uint*)(r + i->A) ^ (uint)i->E) & lanes & Members(r, i, lanes);
        Write(r + i->D, ballot, lanes);
    }

    public static void ActiveMask(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) => Write(r + i->D, lanes, lanes);

    /// <summary>bar.warp.sync: the lanes have met; memory is in order among them.</summary>
    public static void WarpBarrier(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) =>
        runner.Monitor?.OnWarpSync(i->Index, runner.Warp.Number, lanes);

    /// <summary>match.any: the lanes with the same value.</summary>
    public static void MatchAny<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, INumber<T>
    {
        var members = lanes & Members(r, i, lanes);
        var values = stackalloc T[Lanes.Count];
        new ReadOnlySpan<T>(r + i->A, Lanes.Count).CopyTo(new Span<T>(values, Lanes.Count));
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var same = 0u;
            for (var left = members; left != 0; left &= left - 1)
            {
                var other = BitOperations.TrailingZeroCount(left);
                same |= values[other] == values[lane] ? 1u << other : 0;
            }
            ((uint*)(r + i->D))[lane] = same;
        }
    }

    /// <summary>match.all: the mask and true where all lanes have the same value, else 0 and false.</summary>
    public static void MatchAll<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, INumber<T>
    {
        var members = lanes & Members(r, i, lanes);
        var values = (T*)(r + i->A);
        var isSame = true;
        for (var rest = members; rest != 0; rest &= rest - 1)
            isSame &= values[BitOperations.TrailingZeroCount(rest)] == values[BitOperations.TrailingZeroCount(members)];
        Write(r + i->D, isSame ? members : 0, lanes);
        Comparison.Write((uint*)(r + i->D2), isSame ? Lanes.All : 0, lanes);
    }

    /// <summary>redux: the operation over all lanes.</summary>
    public static void Reduce<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IAtomic<uint>
    {
        var members = lanes & Members(r, i, lanes);
        var values = (uint*)(r + i->A);
        var result = values[BitOperations.TrailingZeroCount(members)];
        for (var rest = members & members - 1; rest != 0; rest &= rest - 1)
            result = TOp.Apply(result, values[BitOperations.TrailingZeroCount(rest)], 0);
        Write(r + i->D, result, lanes);
    }

    private static uint Members(byte* r, DecodedInstruction* i, uint lanes) => ((uint*)(r + i->Members))[BitOperations.TrailingZeroCount(lanes)];

    private static void Write(byte* register, uint value, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            ((uint*)register)[BitOperations.TrailingZeroCount(rest)] = value;
    }
}

/// <summary>How votes are counted.</summary>
internal interface IVote
{
    static abstract bool Decide(uint yes, uint voters);
}

internal readonly struct VoteAll : IVote
{
    public static bool Decide(uint yes, uint voters) => yes == voters;
}

internal readonly struct VoteAny : IVote
{
    public static bool Decide(uint yes, uint voters) => yes != 0;
}

internal readonly struct VoteUniform : IVote
{
    public static bool Decide(uint yes, uint voters) => yes == 0 || yes == voters;
}
