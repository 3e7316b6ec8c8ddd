namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What lanes that share a program counter do.</summary>
internal enum GroupState
{
    Ready,

    /// <summary>At a .sync instruction, for the other lanes of its mask.</summary>
    Converging,

    /// <summary>At a barrier of the block.</summary>
    AtBarrier,
}

/// <summary>Lanes of a warp at the same place.</summary>
internal struct Group
{
    /// <summary>The next instruction, or the one waited at.</summary>
    public int Pc;

    public uint Lanes;
    public GroupState State;

    /// <summary>Members of the .sync instruction waited at.</summary>
    public uint Members;

    /// <summary>Number of the barrier waited at.</summary>
    public int Barrier;
}

/// <summary>A warp of the running block. Every thread has its own program counter; lanes with the same one run together.</summary>
internal sealed unsafe class Warp(int number)
{
    private readonly Group[] _groups = new Group[Lanes.Count];
    private Stack<byte[]>[]? _stacks;

    /// <summary>Its number in the block.</summary>
    public int Number => number;

    /// <summary>Its register file.</summary>
    public byte* Registers { get; set; }

    /// <summary>Its lanes' local memory, one lane behind the other.</summary>
    public byte* Local { get; set; }

    /// <summary>Lanes that have not exited.</summary>
    public uint Live { get; set; }

    /// <summary>Groups with at least one lane.</summary>
    public int Count { get; private set; }

    /// <summary>When it last wrote shared memory, in the runner's count of such writes.</summary>
    public long SharedWrite { get; set; }

    /// <summary>Its lanes' copies under way.</summary>
    public AsyncCopies Copies { get; } = new();

    /// <summary>Frames that a lane has saved for recursive calls.</summary>
    public Stack<byte[]> Stack(int lane) => (_stacks ??= [.. Enumerable.Range(0, Lanes.Count).Select(_ => new Stack<byte[]>())])[lane];

    /// <summary>A group.</summary>
    public ref Group this[int index] => ref _groups[index];

    /// <summary>Whether any lane can go on.</summary>
    public bool IsReady
    {
        get
        {
            for (var n = 0; n < Count; n++)
            {
                if (_groups[n].State == GroupState.Ready)
                    return true;
            }
            return false;
        }
    }

    /// <summary>All lanes begin at the first instruction.</summary>
    public void Start(uint lanes, int pc)
    {
        Live = lanes;
        Count = 0;
        SharedWrite = 0;
        CrowdedTurns = 0;
        Copies.Clear();
        _stacks = null;
        if (lanes != 0)
            Add(new Group { Lanes = lanes, Pc = pc });
    }

    /// <summary>Adds a group.</summary>
    public void Add(in Group group) => _groups[Count++] = group;

    /// <summary>Removes a group; the last one takes its index.</summary>
    public void RemoveAt(int index) => _groups[index] = _groups[--Count];

    /// <summary>Joins ready groups that have met.</summary>
    public void Merge()
    {
        for (var n = 0; n < Count; n++)
        {
            for (var k = Count - 1; k > n; k--)
            {
                if (_groups[k].Pc == _groups[n].Pc && _groups[k].State == GroupState.Ready && _groups[n].State == GroupState.Ready)
                {
                    _groups[n].Lanes |= _groups[k].Lanes;
                    RemoveAt(k);
                }
            }
        }
    }

    /// <summary>How many turns in a row ended while one group of several still ran.</summary>
    public int CrowdedTurns { get; set; }

    /// <summary>The ready group with the lowest program counter; −1 where none is ready.</summary>
    public int Lowest()
    {
        var lowest = -1;
        for (var n = 0; n < Count; n++)
        {
            if (_groups[n].State == GroupState.Ready && (lowest < 0 || _groups[n].Pc < _groups[lowest].Pc))
                lowest = n;
        }
        return lowest;
    }

    /// <summary>Where a group must stop to meet another: the lowest program counter of the ready groups beside it.</summary>
    public int MeetingPoint(int index)
    {
        var point = int.MaxValue;
        for (var n = 0; n < Count; n++)
        {
            if (n != index && _groups[n].State == GroupState.Ready)
                point = Math.Min(point, _groups[n].Pc);
        }
        return point;
    }
}
