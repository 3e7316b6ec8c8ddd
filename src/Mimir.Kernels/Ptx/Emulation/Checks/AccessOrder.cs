using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What happened before what in one block: a clock that ticks at everything that orders memory, and for every warp how far it knows the
/// others. Whole-block barriers need one number; named barriers, warp synchronisation and flags behind fences need the tables, which are
/// looked at only where an earlier access is not older than the last barrier.</summary>
internal sealed class AccessOrder
{
    private const int Lanes = 32;

    private readonly int _warps;
    private readonly uint[] _warpSince;
    private readonly uint[]?[] _laneKnown;
    private readonly uint[] _known;
    private readonly uint[] _fencedInBlock;
    private readonly uint[] _fencedInGrid;
    private readonly uint[] _knowledge;
    private readonly uint[] _arrived = new uint[16 * Lanes];
    private readonly Dictionary<(StateSpace Space, ulong Address), uint[]> _flags = [];

    /// <summary>The order of blocks with so many warps.</summary>
    public AccessOrder(int warps)
    {
        _warps = warps;
        _warpSince = new uint[warps];
        _laneKnown = new uint[warps][];
        _knowledge = new uint[warps];
        _known = new uint[warps * warps];
        _fencedInBlock = new uint[warps * warps];
        _fencedInGrid = new uint[warps * warps];
    }

    /// <summary>The time; accesses at the same time in different threads are unordered.</summary>
    public uint Now { get; private set; } = 1;

    /// <summary>Everything earlier than this happened before everything from now on.</summary>
    public uint BlockSince { get; private set; } = 1;

    /// <summary>When the block began.</summary>
    public uint BlockStart { get; private set; } = 1;

    /// <summary>Whether something finer than a whole-block barrier has ordered accesses since the last one.</summary>
    public bool IsFine { get; private set; }

    /// <summary>Whether a fence was executed in this block.</summary>
    public bool HasFence { get; private set; }

    /// <summary>Whether the clock has gone so far that what was recorded with it should be forgotten, by <see cref="Restart"/>.</summary>
    public bool IsWornOut => Now >= 1 << 30;

    /// <summary>Sets the clock back, between two blocks.</summary>
    public void Restart()
    {
        Now = 1;
        Array.Clear(_known);
        Array.Clear(_warpSince);
    }

    /// <summary>A block begins.</summary>
    public void BeginBlock()
    {
        BlockStart = BlockSince = ++Now;
        IsFine = HasFence = false;
        Array.Clear(_arrived);
        _flags.Clear();
        Array.Clear(_fencedInBlock);
        Array.Clear(_fencedInGrid);
        Array.Clear(_laneKnown);
    }

    /// <summary>All live warps waited for each other.</summary>
    public void BlockBarrier()
    {
        BlockSince = ++Now;
        IsFine = false;
        if (!HasFence)
            return;
        Share(_fencedInBlock);
        Share(_fencedInGrid);
    }

    /// <summary>A warp arrived at a barrier without waiting.</summary>
    public void Arrive(int barrier, int warp)
    {
        Join(_arrived.AsSpan(barrier * Lanes, _warps), Knowledge(warp));
        Now++;
    }

    /// <summary>Warps that waited at a barrier go on.</summary>
    /// <param name="barrier">Its number.</param>
    /// <param name="warps">Bit w is warp w.</param>
    public void PartialBarrier(int barrier, uint warps)
    {
        var arrived = _arrived.AsSpan(barrier * Lanes, _warps);
        for (var rest = warps; rest != 0; rest &= rest - 1)
            Join(arrived, Knowledge(BitOperations.TrailingZeroCount(rest)));
        Now++;
        IsFine = true;
        for (var rest = warps; rest != 0; rest &= rest - 1)
        {
            var warp = BitOperations.TrailingZeroCount(rest);
            Join(Row(_known, warp), arrived);
            _warpSince[warp] = Now;
        }
        arrived.Clear();
    }

    /// <summary>Lanes of a warp waited for each other.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="lanes">The lanes.</param>
    /// <param name="live">All lanes of the warp that the block has.</param>
    public void WarpSync(int warp, uint lanes, uint live)
    {
        Now++;
        IsFine = true;
        if (lanes == live)
        {
            _warpSince[warp] = Now;
            return;
        }
        var known = _laneKnown[warp] ??= new uint[Lanes * Lanes];
        Span<uint> joined = stackalloc uint[Lanes];
        joined.Clear();
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            Join(joined, known.AsSpan(lane * Lanes, Lanes));
            joined[lane] = Now;
        }
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            joined.CopyTo(known.AsSpan(BitOperations.TrailingZeroCount(rest) * Lanes, Lanes));
    }

    /// <summary>A fence by a warp: what it knows becomes visible to whom it signals later.</summary>
    public void Fence(int warp, bool isGlobal)
    {
        HasFence = true;
        var knowledge = Knowledge(warp);
        Join(Row(_fencedInBlock, warp), knowledge);
        if (isGlobal)
            Join(Row(_fencedInGrid, warp), knowledge);
        Now++;
    }

    /// <summary>A warp signals by an atomic or strong store: a later <see cref="Acquire"/> of the address is ordered behind what it had
    /// fenced.</summary>
    public void Release(StateSpace space, ulong address, int warp)
    {
        if (!_flags.TryGetValue((space, address), out var flag))
            _flags.Add((space, address), flag = new uint[_warps]);
        Join(flag, Row(_fencedInBlock, warp));
    }

    /// <summary>A warp looks at a flag by an atomic or strong load.</summary>
    public void Acquire(StateSpace space, ulong address, int warp)
    {
        if (!_flags.TryGetValue((space, address), out var flag))
            return;
        Join(Row(_known, warp), flag);
        IsFine = true;
    }

    /// <summary>For every warp of the block the time up to which another block that acquires this warp's signal is ordered behind it.</summary>
    public ReadOnlySpan<uint> FencedInGrid(int warp) => Row(_fencedInGrid, warp);

    /// <summary>Whether an access of one thread happened before what another thread does now.</summary>
    /// <param name="time">When it was made.</param>
    /// <param name="thread">By whom: warp · 32 + lane.</param>
    /// <param name="other">The thread that asks.</param>
    public bool IsBefore(uint time, int thread, int other)
    {
        if (time < BlockSince || thread == other)
            return true;
        if (!IsFine)
            return false;
        var (warp, otherWarp) = (thread / Lanes, other / Lanes);
        if (warp != otherWarp)
            return time < _known[otherWarp * _warps + warp];
        return time < _warpSince[warp]
            || _laneKnown[warp] is { } known && time < known[other % Lanes * Lanes + thread % Lanes];
    }

    /// <summary>Whether a warp knows what another warp had done before a time.</summary>
    public bool Knows(int warp, int of, uint time) => time < BlockSince || warp == of || IsFine && time < _known[warp * _warps + of];

    private static void Join(Span<uint> into, ReadOnlySpan<uint> other)
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = Math.Max(into[i], other[i]);
    }

    private Span<uint> Row(uint[] table, int warp) => table.AsSpan(warp * _warps, _warps);

    /// <summary>Up to which time a warp knows each warp; itself up to now.</summary>
    private ReadOnlySpan<uint> Knowledge(int warp)
    {
        for (var other = 0; other < _warps; other++)
            _knowledge[other] = other == warp ? Now + 1 : Math.Max(BlockSince, _known[warp * _warps + other]);
        return _knowledge;
    }

    private void Share(uint[] table)
    {
        for (var warp = 1; warp < _warps; warp++)
            Join(Row(table, 0), Row(table, warp));
        for (var warp = 1; warp < _warps; warp++)
            Row(table, 0).CopyTo(Row(table, warp));
    }
}
