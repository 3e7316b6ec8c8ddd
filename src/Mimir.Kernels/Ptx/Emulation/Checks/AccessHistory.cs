using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Told of accesses that clash with an earlier one.</summary>
internal interface IClashListener
{
    /// <summary>An access clashes.</summary>
    /// <param name="history">Where the two met.</param>
    /// <param name="cell">The cell.</param>
    /// <param name="earlier">The earlier access, an <see cref="AccessEntry"/>.</param>
    /// <param name="earlierWrites">Whether the earlier one writes.</param>
    /// <param name="now">The access that is about to take place.</param>
    /// <param name="nowWrites">Whether it writes.</param>
    void OnClash(AccessHistory history, long cell, long earlier, bool earlierWrites, long now, bool nowWrites);
}

/// <summary>Who last touched each cell of a range of memory, in the eyes of one block: the last writer and two readers in different threads. Two
/// readers are enough: a writer clashes with a third only if it clashes with one of these, or was ordered behind both by something finer than a
/// barrier. A cell is as large as the smallest access of the kernel, at most 4 bytes.</summary>
internal sealed unsafe class AccessHistory : IDisposable
{
    private const int Vector = 4;

    private readonly AccessOrder _order;
    private readonly IClashListener _listener;
    private readonly ZeroedMemory _memory;
    private readonly nuint _cells;
    private readonly int _shift;
    private readonly long* _writer;
    private readonly long* _reader;
    private readonly long* _secondReader;

    /// <summary>A history in which nothing was touched.</summary>
    /// <param name="bytes">Length of the range.</param>
    /// <param name="shift">Binary logarithm of the bytes of a cell: 0, 1 or 2.</param>
    /// <param name="order">The block's order.</param>
    /// <param name="listener">Told of what clashes.</param>
    public AccessHistory(long bytes, int shift, AccessOrder order, IClashListener listener)
    {
        (_order, _listener, _shift) = (order, listener, shift);
        _cells = (nuint)((bytes >> shift) + 1);
        _memory = new ZeroedMemory(3 * _cells * sizeof(long));
        _writer = (long*)_memory.Start;
        _reader = _writer + _cells;
        _secondReader = _reader + _cells;
    }

    /// <summary>Binary logarithm of the bytes of a cell.</summary>
    public int Shift => _shift;

    /// <summary>Forgets everything.</summary>
    public void Clear() => NativeMemory.Clear(_writer, 3 * _cells * sizeof(long));

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Threads read bytes that follow each other.</summary>
    /// <param name="offset">Of the first thread's bytes.</param>
    /// <param name="bytes">A thread.</param>
    /// <param name="threads">How many.</param>
    /// <param name="entry">The first thread's access; the others have the next numbers.</param>
    public void Read(long offset, int bytes, int threads, long entry)
    {
        var run = new EntryRun(offset >> _shift, CellsOf(bytes), threads, entry);
        var limit = Vector256.Create(AccessEntry.At(_order.BlockSince));
        var isPlain = (entry & AccessEntry.Strong) == 0;
        for (; run.HasVector; run.MoveOn())
        {
            if (isPlain && ReadVector(run.Cell, run.Entries, limit))
                continue;
            for (var i = 0; i < Vector; i++)
                ReadCells(run.Cell + i, 1, run.Entries[i]);
        }
        for (; run.Count > 0; run.MoveOnOne())
            ReadCells(run.Cell, 1, run.Entries[0]);
    }

    /// <summary>Threads write bytes that follow each other.</summary>
    /// <inheritdoc cref="Read" path="/param"/>
    public void Write(long offset, int bytes, int threads, long entry)
    {
        var run = new EntryRun(offset >> _shift, CellsOf(bytes), threads, entry);
        var limit = Vector256.Create(AccessEntry.At(_order.BlockSince));
        for (; run.HasVector; run.MoveOn())
        {
            if (WriteVector(run.Cell, run.Entries, limit))
                continue;
            for (var i = 0; i < Vector; i++)
                WriteCells(run.Cell + i, 1, run.Entries[i]);
        }
        for (; run.Count > 0; run.MoveOnOne())
            WriteCells(run.Cell, 1, run.Entries[0]);
    }

    /// <summary>Lanes read, each its own bytes.</summary>
    /// <param name="access">Their access.</param>
    /// <param name="start">Address of the range.</param>
    /// <param name="entry">Lane 0's access; the others have the next numbers.</param>
    public void ReadLanes(in WarpAccess access, ulong start, long entry)
    {
        var cells = CellsOf(access.Bytes);
        var isPlain = (entry & AccessEntry.Strong) == 0;
        var settled = AccessEntry.At(_order.BlockSince);
        var limit = Vector256.Create(settled);
        var (previous, beforeThat) = (-1L, -1L);
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var cell = (long)(access.Addresses[lane] - start) >> _shift;
            // Two readers stand for all: of neighbouring lanes with one address the first two count.
            if (cell == previous && cell == beforeThat)
                continue;
            (previous, beforeThat) = (cell, previous);
            var mine = entry + lane * AccessEntry.NextThread;
            if (isPlain && cells == 1 && _writer[cell] < settled && (_reader[cell] < settled || AccessEntry.IsSameThread(_reader[cell], mine)))
                _reader[cell] = mine;
            else if (!isPlain || cells != Vector || !ReadVector(cell, Vector256.Create(mine), limit))
                ReadCells(cell, cells, mine);
        }
    }

    /// <summary>Lanes write, each its own bytes, one after the other.</summary>
    /// <inheritdoc cref="ReadLanes" path="/param"/>
    public void WriteLanes(in WarpAccess access, ulong start, long entry)
    {
        var cells = CellsOf(access.Bytes);
        var limit = Vector256.Create(AccessEntry.At(_order.BlockSince));
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var cell = (long)(access.Addresses[lane] - start) >> _shift;
            var mine = entry + lane * AccessEntry.NextThread;
            if (cells != Vector || !WriteVector(cell, Vector256.Create(mine), limit))
                WriteCells(cell, cells, mine);
        }
    }

    /// <summary>The asynchronous copies of lanes have arrived, or, with an entry of <see cref="AccessEntry.OfPending"/>, are on their way to bytes
    /// that nobody may touch before that.</summary>
    /// <inheritdoc cref="ReadLanes" path="/param"/>
    public void Put(in WarpAccess access, ulong start, long entry)
    {
        var cells = CellsOf(access.Bytes);
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var cell = _writer + ((long)(access.Addresses[lane] - start) >> _shift);
            var mine = entry + lane * AccessEntry.NextThread;
            if (cells == Vector)
                Vector256.Create(mine).Store(cell);
            else
                new Span<long>(cell, cells).Fill(mine);
        }
    }

    /// <summary>The first asynchronous copy that nobody has waited for; 0 where there is none.</summary>
    public long FirstPending()
    {
        for (nuint cell = 0; cell < _cells; cell++)
        {
            if (_writer[cell] >= AccessEntry.Pending)
                return _writer[cell];
        }
        return 0;
    }

    private int CellsOf(int bytes) => (bytes + (1 << _shift) - 1) >> _shift;

    /// <summary>Whether earlier accesses are older than the last barrier or the same thread's, and no copy is pending.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSettled(long* cells, Vector256<long> entries, Vector256<long> limit)
    {
        var earlier = Vector256.Load(cells);
        var old = Vector256.LessThan(earlier, limit);
        if (old == Vector256<long>.AllBitsSet)
            return true;
        var same = Vector256.Equals((earlier ^ entries) & Vector256.Create(AccessEntry.ThreadMask), Vector256<long>.Zero)
            & Vector256.LessThan(earlier, Vector256.Create(AccessEntry.Pending));
        return (old | same) == Vector256<long>.AllBitsSet;
    }

    /// <summary>Records four plain reads; false when a cell needs a closer look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadVector(long cell, Vector256<long> entries, Vector256<long> limit)
    {
        if (!IsSettled(_writer + cell, entries, limit))
            return false;
        var threads = Vector256.Create(AccessEntry.ThreadMask);
        var first = Vector256.Load(_reader + cell);
        var mine = Vector256.LessThan(first, limit) | Vector256.Equals((first ^ entries) & threads, Vector256<long>.Zero);
        if (mine == Vector256<long>.AllBitsSet)
        {
            entries.Store(_reader + cell);
            return true;
        }
        if (_order.IsFine)
            return false;
        if (mine != Vector256<long>.Zero)
            Vector256.ConditionalSelect(mine, entries, first).Store(_reader + cell);
        var second = Vector256.Load(_secondReader + cell);
        var free = Vector256.AndNot(
            Vector256.LessThan(second, limit) | Vector256.Equals((second ^ entries) & threads, Vector256<long>.Zero), mine);
        if (free != Vector256<long>.Zero)
            Vector256.ConditionalSelect(free, entries, second).Store(_secondReader + cell);
        return true;
    }

    /// <summary>Records four writes; false when a cell needs a closer look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool WriteVector(long cell, Vector256<long> entries, Vector256<long> limit)
    {
        if (!IsSettled(_writer + cell, entries, limit)
            || !IsSettled(_reader + cell, entries, limit)
            || !IsSettled(_secondReader + cell, entries, limit))
            return false;
        entries.Store(_writer + cell);
        return true;
    }

    private void ReadCells(long cell, int count, long entry)
    {
        for (var end = cell + count; cell < end; cell++)
        {
            Check(cell, _writer[cell], earlierWrites: true, entry, nowWrites: false);
            if (!Keep(ref _reader[cell], entry))
                Keep(ref _secondReader[cell], entry);
        }
    }

    private void WriteCells(long cell, int count, long entry)
    {
        for (var end = cell + count; cell < end; cell++)
        {
            Check(cell, _writer[cell], earlierWrites: true, entry, nowWrites: true);
            Check(cell, _reader[cell], earlierWrites: false, entry, nowWrites: true);
            Check(cell, _secondReader[cell], earlierWrites: false, entry, nowWrites: true);
            _writer[cell] = entry;
        }
    }

    /// <summary>Takes a reader's place by a read that comes after it; false when the two are unordered and both count.</summary>
    private bool Keep(ref long reader, long entry)
    {
        if (!_order.IsBefore(AccessEntry.TimeOf(reader), AccessEntry.ThreadOf(reader), AccessEntry.ThreadOf(entry)))
            return false;
        // A thread's plain read clashes with more than its strong one.
        if ((entry & AccessEntry.Strong) == 0 || (reader & AccessEntry.Strong) != 0 || !AccessEntry.IsSameThread(reader, entry)
            || reader < AccessEntry.At(_order.BlockSince))
            reader = entry;
        return true;
    }

    private void Check(long cell, long earlier, bool earlierWrites, long now, bool nowWrites)
    {
        if (earlier < AccessEntry.At(_order.BlockSince))
            return;
        if (earlier < AccessEntry.Pending
            && ((earlier & now & AccessEntry.Strong) != 0
                || _order.IsBefore(AccessEntry.TimeOf(earlier), AccessEntry.ThreadOf(earlier), AccessEntry.ThreadOf(now))))
            return;
        _listener.OnClash(this, cell, earlier, earlierWrites, now, nowWrites);
    }

    /// <summary>The accesses of threads behind each other to cells behind each other, four cells at a time.</summary>
    private struct EntryRun
    {
        private readonly int _perThread;
        private readonly Vector256<long> _step;
        private int _inThread;

        public EntryRun(long cell, int perThread, int threads, long entry)
        {
            const long Next = AccessEntry.NextThread;
            (Cell, Count, _perThread) = (cell, perThread * threads, perThread);
            var (offsets, step) = perThread switch
            {
                1 => (Vector256.Create(0, Next, 2 * Next, 3 * Next), 4 * Next),
                2 => (Vector256.Create(0, 0, Next, Next), 2 * Next),
                _ => (Vector256<long>.Zero, Next),
            };
            (Entries, _step) = (Vector256.Create(entry) + offsets, Vector256.Create(step));
        }

        public Vector256<long> Entries { get; private set; }

        public long Cell { get; private set; }

        public int Count { get; private set; }

        public readonly bool HasVector => Count >= Vector;

        public void MoveOn()
        {
            Cell += Vector;
            Count -= Vector;
            _inThread += Vector;
            if (_inThread < _perThread)
                return;
            _inThread = 0;
            Entries += _step;
        }

        // Only one or two cells a thread leave a remainder below a vector.
        public void MoveOnOne()
        {
            Cell++;
            Count--;
            Entries = Vector256.Create(Entries[1], Entries[2], Entries[3], Entries[3]);
        }
    }
}
