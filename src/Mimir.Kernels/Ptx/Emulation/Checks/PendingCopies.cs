using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A lane's cp.async that was issued.</summary>
internal readonly record struct IssuedCopy(int Instruction, int Thread);

/// <summary>The asynchronous copies of a block that nobody has waited for: how many, and the global bytes they read where the launch may write
/// those.</summary>
internal sealed unsafe class PendingCopies
{
    private readonly List<Source> _sources = [];

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
    public void Read(in WarpAccess access) =>
        _sources.Add(new Source
        {
            Instruction = access.Instruction,
            Warp = access.Warp,
            Lanes = access.Lanes,
            Bytes = access.Bytes,
            Addresses = new ReadOnlySpan<ulong>(access.Addresses, 32).ToArray(),
        });

    /// <summary>Lanes' copies are under way.</summary>
    public void Issue(int lanes) => Count += lanes;

    /// <summary>Lanes have waited for their copies.</summary>
    public void Arrive(in WarpAccess access, int lanes)
    {
        Count -= lanes;
        if (!HasSources)
            return;
        // The oldest copy of a lane arrives first.
        var left = access.Lanes;
        foreach (var source in _sources)
        {
            if (source.Instruction != access.Instruction || source.Warp != access.Warp)
                continue;
            var arrived = source.Lanes & left;
            source.Lanes &= ~arrived;
            left &= ~arrived;
        }
        _sources.RemoveAll(static source => source.Lanes == 0);
    }

    /// <summary>The copy that reads some of these global bytes; null where there is none.</summary>
    public IssuedCopy? SourceAt(ulong address, int bytes)
    {
        foreach (var source in _sources)
        {
            for (var rest = source.Lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var start = source.Addresses[lane];
                if (start < address + (ulong)bytes && address < start + (ulong)source.Bytes)
                    return new IssuedCopy(source.Instruction, source.Warp * 32 + lane);
            }
        }
        return null;
    }

    /// <summary>What a warp's copies read.</summary>
    private sealed class Source
    {
        public required int Instruction { get; init; }

        public required int Warp { get; init; }

        public required int Bytes { get; init; }

        public required ulong[] Addresses { get; init; }

        /// <summary>Those that have not arrived.</summary>
        public required uint Lanes { get; set; }
    }
}
