using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A lane's cp.async that was issued.</summary>
internal readonly record struct IssuedCopy(int Instruction, int Thread);

/// <summary>The asynchronous copies of a block that nobody has waited for: how many, and the global bytes they read where the launch may write
/// those.</summary>
internal sealed unsafe class PendingCopies
{
    private readonly List<(ulong Address, int Bytes, IssuedCopy Copy)> _sources = [];

    /// <summary>Copies under way.</summary>
    public int Count { get; private set; }

    /// <summary>Whether bytes are being read that the launch may write.</summary>
    public bool HasSources => _sources.Count > 0;

    /// <summary>A block begins.</summary>
    public void Clear()
    {
        Count = 0;
        _sources.Clear();
    }

    /// <summary>Lanes begin to copy global bytes that the launch may write.</summary>
    public void Read(in WarpAccess access)
    {
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            _sources.Add((access.Addresses[lane], access.Bytes, new IssuedCopy(access.Instruction, access.Warp * 32 + lane)));
        }
    }

    /// <summary>Lanes' copies are under way.</summary>
    public void Issue(int lanes) => Count += lanes;

    /// <summary>Lanes have waited for their copies.</summary>
    public void Arrive(in WarpAccess access, int lanes)
    {
        Count -= lanes;
        for (var rest = access.Lanes; rest != 0 && HasSources; rest &= rest - 1)
        {
            var copy = new IssuedCopy(access.Instruction, access.Warp * 32 + BitOperations.TrailingZeroCount(rest));
            if (_sources.FindIndex(source => source.Copy == copy) is >= 0 and var oldest)
                _sources.RemoveAt(oldest);
        }
    }

    /// <summary>The copy that reads some of these global bytes; null where there is none.</summary>
    public IssuedCopy? SourceAt(ulong address, int bytes)
    {
        foreach (var (source, length, copy) in _sources)
        {
            if (source < address + (ulong)bytes && address < source + (ulong)length)
                return copy;
        }
        return null;
    }
}
