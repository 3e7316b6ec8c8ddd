using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A live range of an emulated GPU's global or constant memory.</summary>
public sealed unsafe class Allocation
{
    private const nuint HostAlignment = 64;

    /// <summary>What memory holds before anything is written, where writes are tracked: quiet NaNs, so that a result made of it shows.</summary>
    private const byte Unwritten = 0xFF;

    internal Allocation(string name, ulong address, long bytes, bool tracksWrites)
    {
        (Name, Address, Bytes) = (name, address, bytes);
        Host = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + HostAlignment, HostAlignment);
        if (!tracksWrites)
            return;
        NativeMemory.Fill(Host, (nuint)bytes, Unwritten);
        Shadow = (ulong*)NativeMemory.AllocZeroed((nuint)(bytes / 64 + 1), sizeof(ulong));
    }

    /// <summary>Whose memory it is, for messages.</summary>
    public string Name { get; internal set; }

    /// <summary>Its first device address.</summary>
    public ulong Address { get; }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>Whether kernels may only read it (<c>.const</c>).</summary>
    public bool IsConstant { get; internal init; }

    /// <summary>Where the host keeps the bytes.</summary>
    internal byte* Host { get; private set; }

    /// <summary>Bit i of word i / 64 tells whether byte i was ever written; null where writes are not tracked.</summary>
    internal ulong* Shadow { get; private set; }

    /// <summary>Whether a range of bytes lies inside.</summary>
    internal bool Contains(ulong address, long bytes) =>
        address >= Address && address - Address <= (ulong)Bytes && (ulong)bytes <= (ulong)Bytes - (address - Address);

    /// <summary>Marks bytes as written. Safe beside other writers.</summary>
    internal void MarkWritten(long offset, long bytes) => Mark(offset, bytes, written: true);

    /// <summary>Marks bytes as never written.</summary>
    internal void MarkUnwritten(long offset, long bytes) => Mark(offset, bytes, written: false);

    /// <summary>Whether all bytes of a range were written.</summary>
    internal bool IsWritten(long offset, long bytes)
    {
        if (Shadow is null)
            return true;
        for (var end = offset + bytes; offset < end;)
        {
            var bits = BitsOf(ref offset, end, out var word);
            if ((Shadow[word] & bits) != bits)
                return false;
        }
        return true;
    }

    internal void Release()
    {
        NativeMemory.AlignedFree(Host);
        NativeMemory.Free(Shadow);
        Host = null;
        Shadow = null;
    }

    /// <summary>The bits of the next word of a range, which moves on behind them.</summary>
    private static ulong BitsOf(ref long offset, long end, out long word)
    {
        word = offset >> 6;
        var first = (int)(offset & 63);
        var count = (int)Math.Min(64 - first, end - offset);
        offset += count;
        return (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << first;
    }

    private void Mark(long offset, long bytes, bool written)
    {
        if (Shadow is null)
            return;
        for (var end = offset + bytes; offset < end;)
        {
            var bits = BitsOf(ref offset, end, out var word);
            if (!written)
                Interlocked.And(ref Shadow[word], ~bits);
            else if ((Shadow[word] & bits) != bits)
                Interlocked.Or(ref Shadow[word], bits);
        }
    }
}
