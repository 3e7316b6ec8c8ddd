using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The results that a caller expects of one or more launches, to be looked at when they are through: which bytes nobody wrote. The memory must
/// track writes (the check of outputs or of initialisation), and so must the launches.</summary>
/// <param name="memory">Where the results lie.</param>
public sealed class LaunchOutputs(EmulatedMemory memory)
{
    private readonly List<(string Name, ulong Address, long Bytes)> _outputs = [];

    /// <summary>Names a result. Its bytes count as unwritten from now on.</summary>
    /// <param name="name">What the messages call it.</param>
    /// <param name="address">Its first device address.</param>
    /// <param name="bytes">Its length, inside one allocation.</param>
    /// <exception cref="EmulatedMemoryException">The range does not lie in one live allocation.</exception>
    public void Expect(string name, ulong address, long bytes)
    {
        if (bytes == 0)
            return;
        memory.MarkUnwritten(address, bytes);
        _outputs.Add((name, address, bytes));
    }

    /// <summary>What was not written, an error for each result concerned.</summary>
    /// <param name="module">The module that ran last, for the place in the file.</param>
    /// <param name="kernel">Its kernel.</param>
    public IReadOnlyList<PtxDiagnostic> Check(PtxModule module, PtxFunction kernel)
    {
        var found = new List<PtxDiagnostic>();
        foreach (var (name, address, bytes) in _outputs)
        {
            var (count, first) = Unwritten(address, bytes);
            if (count == 0)
                continue;
            found.Add(new PtxDiagnostic
            {
                Severity = PtxSeverity.Error,
                Kind = DiagnosticKinds.UnwrittenOutput,
                Message = $"{count} of {bytes} bytes of '{name}' were never written by {kernel.Name}, first at offset {first}",
                File = module.File,
                Position = kernel.Position,
                Kernel = kernel.Name,
                Address = address + (ulong)first,
                Allocation = $"{name}+{first}",
            });
        }
        return found;
    }

    private unsafe (long Count, long First) Unwritten(ulong address, long bytes)
    {
        var allocation = memory.Find(address) ?? throw new EmulatedMemoryException($"the result at 0x{address:x} was freed before it was looked at");
        if (allocation.Shadow is null)
            throw new InvalidOperationException("The memory does not track writes: make it with the check of outputs.");
        var start = (long)(address - allocation.Address);
        var (count, first) = (0L, -1L);
        for (var offset = start; offset < start + bytes;)
        {
            var end = Math.Min((offset | 63) + 1, start + bytes);
            var bits = ulong.MaxValue << (int)(offset & 63) & ulong.MaxValue >> (int)(-end & 63);
            var missing = ~allocation.Shadow[offset >> 6] & bits;
            if (first < 0 && missing != 0)
                first = (offset & ~63L) + BitOperations.TrailingZeroCount(missing) - start;
            count += BitOperations.PopCount(missing);
            offset = end;
        }
        return (count, first);
    }
}
