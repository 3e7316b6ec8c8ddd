using System.Collections.Concurrent;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A word through which blocks signal each other behind fences: the blocks that have signalled so far, in order.</summary>
internal sealed class GridFlag
{
    private readonly Lock _lock = new();
    private readonly List<uint[]> _signals = [];
    private readonly Dictionary<long, List<int>> _ofBlock = [];

    /// <summary>Signals so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _signals.Count;
        }
    }

    /// <summary>A block signals.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="since">For each of its warps the time, since it began, before which everything is fenced.</param>
    public void Signal(long block, uint[] since)
    {
        lock (_lock)
        {
            if (!_ofBlock.TryGetValue(block, out var signals))
                _ofBlock.Add(block, signals = []);
            signals.Add(_signals.Count);
            _signals.Add(since);
        }
    }

    /// <summary>Whether one of the first so many signals came behind an access of another block.</summary>
    public bool Covers(long entry, int signals)
    {
        lock (_lock)
        {
            if (!_ofBlock.TryGetValue(GridEntry.BlockOf(entry), out var ofBlock))
                return false;
            var (warp, time) = (GridEntry.ThreadOf(entry) / 32, GridEntry.TimeOf(entry));
            foreach (var signal in ofBlock)
            {
                if (signal < signals && time < _signals[signal][warp])
                    return true;
            }
            return false;
        }
    }
}

/// <summary>The flags of a launch, by address.</summary>
internal sealed class GridFlags
{
    private readonly ConcurrentDictionary<ulong, GridFlag> _flags = new();

    /// <summary>The flag at an address; null where no block has signalled yet.</summary>
    public GridFlag? Find(ulong address) => _flags.IsEmpty ? null : _flags.GetValueOrDefault(address);

    /// <summary>A block signals at an address.</summary>
    /// <inheritdoc cref="GridFlag.Signal" path="/param"/>
    public void Signal(ulong address, long block, uint[] since) => _flags.GetOrAdd(address, static _ => new GridFlag()).Signal(block, since);
}
