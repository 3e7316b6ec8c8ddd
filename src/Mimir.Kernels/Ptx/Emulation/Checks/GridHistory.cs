using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Two accesses of one launch to one cell that nothing orders.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Earlier">A <see cref="GridEntry"/>: the lower block's, or what clashes with a read by ld.global.nc.</param>
/// <param name="EarlierWrites">Whether it writes.</param>
/// <param name="Later">The higher block's, or the read by ld.global.nc.</param>
/// <param name="LaterWrites">Whether it writes.</param>
internal readonly record struct GridClash(long Cell, long Earlier, bool EarlierWrites, long Later, bool LaterWrites);

/// <summary>Which blocks of a launch touched each cell of an allocation that it writes. For plain writes, strong writes and reads the two lowest
/// blocks are kept, with their first access each: enough to tell whether two blocks clash, and the same in whatever order the blocks ran.
/// The clashes are looked for when the launch has ended. Accesses that are ordered behind all others by a signal are not recorded as theirs.
/// Used by all workers; a page of cells has a lock.</summary>
internal sealed unsafe class GridHistory : IDisposable
{
    private const int PageShift = 10;
    private const int Kinds = 4;

    // A bit of a page's flags behind those of the kinds: a second block was recorded somewhere in it.
    private const int SecondBlock = 1 << Kinds;

    private readonly int _shift;
    private readonly nuint _cells;
    private readonly ZeroedMemory _values;
    private readonly int[] _locks;
    private readonly byte[] _flags;

    // Entries by cell: of each kind the lowest block's, then the second lowest's. Made when the first is recorded.
    private readonly ZeroedMemory?[] _planes = new ZeroedMemory?[2 * Kinds];

    /// <summary>A history in which nothing was touched.</summary>
    /// <param name="allocation">Of what.</param>
    /// <param name="shift">Binary logarithm of the bytes of a cell: 0, 1 or 2.</param>
    public GridHistory(Allocation allocation, int shift)
    {
        (Allocation, _shift) = (allocation, shift);
        _cells = (nuint)((allocation.Bytes >> shift) + 1);
        var pages = (int)(_cells >> PageShift) + 1;
        (_locks, _flags) = (new int[pages], new byte[pages]);
        _values = new ZeroedMemory(_cells << shift);
    }

    /// <summary>What an access does to a cell.</summary>
    public enum Kind
    {
        Write,

        /// <summary>An atomic, or a store that is no plain one.</summary>
        StrongWrite,
        Read,

        /// <summary>ld.global.nc.</summary>
        NonCoherentRead,
    }

    /// <summary>Of what.</summary>
    public Allocation Allocation { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        foreach (var plane in _planes)
            plane?.Dispose();
    }

    /// <summary>Threads access bytes that follow each other.</summary>
    /// <param name="kind">What they do.</param>
    /// <param name="offset">Of the first thread's bytes.</param>
    /// <param name="bytes">A thread.</param>
    /// <param name="threads">How many.</param>
    /// <param name="entry">The first thread's access; the others have the next numbers.</param>
    /// <param name="values">What a plain write writes; null where that is not known.</param>
    /// <param name="order">Which accesses of other blocks came before; null while the block has seen no signal.</param>
    public void Record(Kind kind, long offset, int bytes, int threads, long entry, byte* values, IGridOrder? order)
    {
        var cell = offset >> _shift;
        var perThread = (bytes + (1 << _shift) - 1) >> _shift;
        var count = perThread * threads;
        // A single thread's piece may have any length; the pieces of several are powers of two.
        var threadShift = threads == 1 ? 31 : int.Log2(perThread);
        if (order is null && IsKnown(kind, cell, count, entry, values))
            return;
        for (var done = 0; done < count;)
        {
            var page = (int)((cell + done) >> PageShift);
            var end = (int)Math.Min(count, (((long)page + 1) << PageShift) - cell);
            Enter(page);
            var plane = Plane(kind, 0);
            var isFresh = order is null && new Span<long>(plane + cell + done, end - done).IndexOfAnyExcept(0L) < 0;
            _flags[page] |= (byte)(1 << (int)kind);
            if (isFresh && values is not null)
                AsWritten(values + ((long)done << _shift), end - done).CopyTo(AsWritten(FirstValues(cell + done), end - done));
            for (; done < end; done++)
            {
                var mine = entry + (done >> threadShift) * GridEntry.NextThread;
                if (isFresh && (kind != Kind.Write || values is not null))
                    plane[cell + done] = mine;
                else
                    RecordCell(kind, cell + done, mine, values is null ? null : values + ((long)done << _shift), order);
            }
            Leave(page);
        }
    }

    /// <summary>Every clash of two blocks, by ascending cell.</summary>
    public IEnumerable<GridClash> Clashes()
    {
        for (var page = 0; page < _flags.Length; page++)
        {
            var isShared = Has(page, Kind.Write) && (_flags[page] & ~(1 << (int)Kind.Write)) != 0
                || Has(page, Kind.StrongWrite) && Has(page, Kind.Read);
            for (var cell = FirstOf(page); isShared && cell < FirstOf(page + 1); cell++)
            {
                if (ClashAt(cell) is { } clash)
                    yield return clash;
            }
        }
    }

    /// <summary>Every cell that was read by ld.global.nc and written, by ascending cell.</summary>
    public IEnumerable<GridClash> NonCoherentReads()
    {
        for (var page = 0; page < _flags.Length; page++)
        {
            var isBoth = Has(page, Kind.NonCoherentRead) && (Has(page, Kind.Write) || Has(page, Kind.StrongWrite));
            for (var cell = FirstOf(page); isBoth && cell < FirstOf(page + 1); cell++)
            {
                var read = Get(Kind.NonCoherentRead, 0, cell);
                var write = Get(Kind.Write, 0, cell) is not 0 and var plain ? plain : Get(Kind.StrongWrite, 0, cell);
                if (read != 0 && write != 0)
                    yield return new GridClash(cell, write, true, read, false);
            }
        }
    }

    /// <summary>Whether all writes to a cell wrote the same.</summary>
    public bool AreWritesEqual(long cell) => (Get(Kind.Write, 0, cell) & GridEntry.Differs) == 0;

    /// <summary>The offset of a cell in the allocation.</summary>
    public long OffsetOf(long cell) => cell << _shift;

    private static int IndexOf(Kind kind, int rank) => 2 * (int)kind + rank;

    private long Get(Kind kind, int rank, long cell) =>
        Volatile.Read(ref _planes[IndexOf(kind, rank)]) is { } plane ? ((long*)plane.Start)[cell] : 0;

    private long* Plane(Kind kind, int rank)
    {
        ref var plane = ref _planes[IndexOf(kind, rank)];
        if (Volatile.Read(ref plane) is null)
        {
            var made = new ZeroedMemory(_cells * sizeof(long));
            if (Interlocked.CompareExchange(ref plane, made, null) is not null)
                made.Dispose();
        }
        return (long*)plane!.Start;
    }

    private byte* FirstValues(long cell) => _values.Start + (cell << _shift);

    private long FirstOf(int page) => Math.Min((long)_cells, (long)page << PageShift);

    private bool Has(int page, Kind kind) => (_flags[page] & 1 << (int)kind) != 0;

    /// <summary>Whether this block has recorded the same for all these cells, without the lock: most later accesses of a block to its own cells
    /// end here.</summary>
    private bool IsKnown(Kind kind, long cell, int count, long entry, byte* values)
    {
        var slot = Plane(kind, 0) + cell;
        var all = GridEntry.Differs;
        var i = 0;
        for (var block = Vector256.Create(entry); i + 4 <= count; i += 4)
        {
            var known = Vector256.Load(slot + i);
            if (Vector256.ShiftRightLogical(known ^ block, GridEntry.BlockShift) != Vector256<long>.Zero)
                return false;
            all &= known[0] & known[1] & known[2] & known[3];
        }
        for (; i < count; i++)
        {
            if (!GridEntry.IsSameBlock(slot[i], entry))
                return false;
            all &= slot[i];
        }
        return kind != Kind.Write || all != 0 || values is not null && AsWritten(values, count).SequenceEqual(AsWritten(FirstValues(cell), count));
    }

    private void RecordCell(Kind kind, long cell, long entry, byte* value, IGridOrder? order)
    {
        if (order is not null && IsOrderedBehindOthers(cell, entry, kind, order, out var others))
        {
            if (kind is Kind.Read or Kind.NonCoherentRead && others)
                return;
            if (others)
                Forget(cell);
        }
        if (kind == Kind.Write)
            entry |= Compare(cell, value);
        Insert(kind, cell, entry);
    }

    /// <summary>Whether what other blocks did to a cell that this access could clash with came before it.</summary>
    private bool IsOrderedBehindOthers(long cell, long entry, Kind kind, IGridOrder order, out bool others)
    {
        others = false;
        var last = kind is Kind.Read or Kind.NonCoherentRead ? Kind.StrongWrite : Kind.Read;
        for (var earlier = Kind.Write; earlier <= last; earlier++)
        {
            for (var rank = 0; rank < 2; rank++)
            {
                var known = Get(earlier, rank, cell);
                if (known == 0 || GridEntry.IsSameBlock(known, entry))
                    continue;
                others = true;
                if (!order.IsBefore(known))
                    return false;
            }
        }
        return true;
    }

    private void Forget(long cell)
    {
        foreach (var plane in _planes.AsSpan(0, IndexOf(Kind.Read, 1) + 1))
        {
            if (plane is not null)
                ((long*)plane.Start)[cell] = 0;
        }
    }

    /// <summary>Keeps the two lowest blocks, and of each its first access.</summary>
    private void Insert(Kind kind, long cell, long entry)
    {
        ref var first = ref Plane(kind, 0)[cell];
        var differs = (entry | first) & GridEntry.Differs;
        if (first == 0)
        {
            first = entry;
        }
        else if (!GridEntry.IsSameBlock(first, entry))
        {
            _flags[cell >> PageShift] |= SecondBlock;
            ref var second = ref Plane(kind, 1)[cell];
            if (entry < first)
                (first, second) = (entry, first);
            else if (second == 0 || !GridEntry.IsSameBlock(second, entry) && entry < second)
                second = entry;
        }
        first |= differs;
    }

    /// <summary>Whether a write differs from the first one to its cell, as a flag of its entry.</summary>
    private long Compare(long cell, byte* value)
    {
        if (value is null)
            return GridEntry.Differs;
        var written = AsWritten(value, 1);
        var first = AsWritten(FirstValues(cell), 1);
        if (Get(Kind.Write, 0, cell) != 0)
            return written.SequenceEqual(first) ? 0 : GridEntry.Differs;
        written.CopyTo(first);
        return 0;
    }

    private Span<byte> AsWritten(byte* values, int cells) => new(values, cells << _shift);

    private GridClash? ClashAt(long cell)
    {
        var (write, otherWrite) = (Get(Kind.Write, 0, cell), Get(Kind.Write, 1, cell));
        var strong = Get(Kind.StrongWrite, 0, cell);
        if (write != 0)
        {
            if (Other(Kind.Read, cell, write) is not 0 and var read)
                return Ordered(cell, write, true, read, false);
            if (Other(Kind.StrongWrite, cell, write) is not 0 and var atomic)
                return Ordered(cell, write, true, atomic, true);
            if (otherWrite != 0)
                return new GridClash(cell, write, true, otherWrite, true);
        }
        if (strong != 0 && Other(Kind.Read, cell, strong) is not 0 and var plain && (plain & GridEntry.Strong) == 0)
            return Ordered(cell, strong, true, plain, false);
        return null;
    }

    private static GridClash Ordered(long cell, long one, bool oneWrites, long two, bool twoWrites) =>
        one < two ? new GridClash(cell, one, oneWrites, two, twoWrites) : new GridClash(cell, two, twoWrites, one, oneWrites);

    /// <summary>The lowest access of a kind by another block; 0 where there is none.</summary>
    private long Other(Kind kind, long cell, long entry)
    {
        var first = Get(kind, 0, cell);
        return first != 0 && GridEntry.IsSameBlock(first, entry) ? Get(kind, 1, cell) : first;
    }

    private void Enter(int page)
    {
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref _locks[page], 1, 0) != 0)
            wait.SpinOnce();
    }

    private void Leave(int page) => Volatile.Write(ref _locks[page], 0);
}

/// <summary>What a block knows of the order of other blocks' accesses.</summary>
internal interface IGridOrder
{
    /// <summary>Whether an access of another block, a <see cref="GridEntry"/>, came before what happens now.</summary>
    bool IsBefore(long entry);
}
