using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>One cp.async of a warp that has not arrived everywhere.</summary>
internal sealed class AsyncCopy
{
    /// <summary>Lanes whose bytes have not arrived.</summary>
    public uint Lanes;

    /// <summary>Bytes of a lane's destination.</summary>
    public int Bytes;

    /// <summary>The instruction, as its number in the code.</summary>
    public int Pc;

    /// <summary>Offsets in shared memory.</summary>
    public readonly ulong[] Destinations = new ulong[Emulation.Lanes.Count];

    /// <summary>Device addresses of the sources.</summary>
    public readonly ulong[] Sources = new ulong[Emulation.Lanes.Count];

    /// <summary>The same on the host.</summary>
    public readonly nint[] Hosts = new nint[Emulation.Lanes.Count];

    /// <summary>Bytes really read; the rest of the destination becomes 0.</summary>
    public readonly int[] SourceBytes = new int[Emulation.Lanes.Count];

    /// <summary>The group of every lane's copy: a number that its thread counts up.</summary>
    public readonly int[] Groups = new int[Emulation.Lanes.Count];
}

/// <summary>The copies of a warp's lanes that are under way, in the order they were issued. Groups are counted by every thread on its own.</summary>
internal sealed class AsyncCopies
{
    private readonly int[] _open = new int[Lanes.Count];
    private readonly List<AsyncCopy> _pending = [];
    private readonly Stack<AsyncCopy> _unused = new();

    /// <summary>Copies that have not arrived everywhere.</summary>
    public IReadOnlyList<AsyncCopy> Pending => _pending;

    /// <summary>A new block.</summary>
    public void Clear()
    {
        foreach (var copy in _pending)
            _unused.Push(copy);
        _pending.Clear();
        Array.Clear(_open);
    }

    /// <summary>A copy that joins the open group of its lanes.</summary>
    public AsyncCopy Add(uint lanes)
    {
        var copy = _unused.TryPop(out var used) ? used : new AsyncCopy();
        copy.Lanes = lanes;
        _open.CopyTo(copy.Groups, 0);
        _pending.Add(copy);
        return copy;
    }

    /// <summary>Closes the open group of every lane given; an empty one counts.</summary>
    public void Commit(uint lanes)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            _open[BitOperations.TrailingZeroCount(lanes)]++;
    }

    /// <summary>The lanes of a copy whose group is not among the latest ones that may stay pending.</summary>
    public uint Due(AsyncCopy copy, uint lanes, int mayStay)
    {
        var due = 0u;
        for (var rest = copy.Lanes & lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (copy.Groups[lane] < _open[lane] - mayStay)
                due |= 1u << lane;
        }
        return due;
    }

    /// <summary>Lanes exit: what they have not waited for never arrives.</summary>
    public void Drop(uint lanes)
    {
        if (_pending.Count == 0)
            return;
        foreach (var copy in _pending)
            copy.Lanes &= ~lanes;
        RemoveArrived();
    }

    /// <summary>Groups in flight of the lane with the most, the open one included when it holds copies.</summary>
    public int GroupsInFlight(uint lanes)
    {
        var most = 0;
        foreach (var copy in _pending)
        {
            for (var rest = copy.Lanes & lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                most = Math.Max(most, _open[lane] - copy.Groups[lane] + (copy.Groups[lane] == _open[lane] ? 1 : 0));
            }
        }
        return most;
    }

    /// <summary>Forgets copies that have arrived everywhere.</summary>
    public void RemoveArrived()
    {
        var kept = 0;
        for (var n = 0; n < _pending.Count; n++)
        {
            if (_pending[n].Lanes != 0)
                _pending[kept++] = _pending[n];
            else
                _unused.Push(_pending[n]);
        }
        _pending.RemoveRange(kept, _pending.Count - kept);
    }
}
