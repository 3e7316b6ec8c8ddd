using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Runs blocks of a launch, one after the other, on one thread of the host.</summary>
internal sealed unsafe partial class BlockRunner : IDisposable
{
    private readonly CompiledKernel _kernel;
    private readonly Warp[] _warps;
    private readonly Barriers _barriers;
    private readonly WarpOrder _order;
    private readonly Progress _progress;
    private readonly DecodedInstruction* _code;
    private readonly byte* _registers;
    private readonly byte* _local;
    private readonly int _registerBytes;

    /// <summary>A runner with its own copy of the code.</summary>
    public BlockRunner(CompiledKernel kernel, LaunchContext context, ReadOnlySpan<byte> parameters, Progress progress)
    {
        (_kernel, Context, _progress) = (kernel, context, progress);
        Options = context.Options;
        Monitor = MonitorFactory.For(context);
        Log = new DiagnosticLog(context);
        _order = new WarpOrder(Options);
        _barriers = new Barriers(this);
        _code = (DecodedInstruction*)NativeMemory.AlignedAlloc((nuint)(kernel.Code.Length * sizeof(DecodedInstruction)), 64);
        kernel.Code.CopyTo(new Span<DecodedInstruction>(_code, kernel.Code.Length));
        _registerBytes = (kernel.Layout.Bytes + 63) / 64 * 64;
        _registers = (byte*)NativeMemory.AlignedAlloc((nuint)(_registerBytes * context.Warps), 64);
        _local = (byte*)NativeMemory.AlignedAlloc((nuint)((long)kernel.LocalBytes * context.Warps * Lanes.Count + 64), 64);
        Shared = (byte*)NativeMemory.AlignedAlloc((nuint)context.SharedBytes + 64, 64);
        Parameters = (byte*)NativeMemory.AlignedAlloc((nuint)parameters.Length + 64, 64);
        parameters.CopyTo(new Span<byte>(Parameters, parameters.Length));
        ParameterBytes = parameters.Length;
        Addresses = (ulong*)NativeMemory.AlignedAlloc(Lanes.Bytes64, 64);
        Scratch = (byte*)NativeMemory.AlignedAlloc(ScratchBytes, 64);
        _warps = new Warp[context.Warps];
        for (var n = 0; n < _warps.Length; n++)
        {
            _warps[n] = new Warp(n)
            {
                Registers = _registers + (long)n * _registerBytes,
                Local = _local + (long)n * Lanes.Count * kernel.LocalBytes,
            };
            RegisterFile.Prepare(_warps[n], _registerBytes, kernel, this);
        }
        Warp = _warps[0];
        if (Options.Schedule == WarpSchedule.Adversarial)
            YieldAfterSharedStores();
    }

    /// <summary>Room for one matrix instruction's operands.</summary>
    private const int ScratchBytes = 16 * 1024;

    public LaunchContext Context { get; }

    public EmulatorOptions Options { get; }

    /// <summary>What is told about accesses and synchronisation; null when nothing is checked or counted.</summary>
    public BlockMonitor? Monitor { get; }

    /// <summary>What this runner found.</summary>
    public DiagnosticLog Log { get; }

    /// <summary>The block that runs.</summary>
    public Dim3 Block { get; private set; }

    /// <summary>The warp that runs.</summary>
    public Warp Warp { get; private set; }

    /// <summary>The warps of the block.</summary>
    public ReadOnlySpan<Warp> Warps => _warps;

    /// <summary>Warps with a thread that has not exited, one bit each.</summary>
    public uint LiveWarps { get; private set; }

    /// <summary>Shared memory of the block.</summary>
    public byte* Shared { get; }

    /// <summary>The kernel's parameter block.</summary>
    public byte* Parameters { get; }

    public int ParameterBytes { get; }

    /// <summary>32 addresses of the access at hand.</summary>
    public ulong* Addresses { get; }

    /// <summary>In which order the lanes of an atomic take place: the first, and the odd step to the next.</summary>
    public (int First, int Step) LaneOrder() =>
        Options.Schedule == WarpSchedule.Random ? (_order.Draw(Lanes.Count), 2 * _order.Draw(Lanes.Count / 2) + 1) : (0, 1);

    /// <summary>What the store at hand writes, lane after lane; set for the monitor.</summary>
    public byte* StoredValues { get; set; }

    /// <summary>Room for a handler's own use.</summary>
    public byte* Scratch { get; }

    /// <summary>The frame of a recursive function.</summary>
    public CallFrame Frame(int number) => _kernel.Frames[number];

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes => _kernel.LocalBytes;

    /// <summary>The code with its counts.</summary>
    public ReadOnlySpan<DecodedInstruction> Counts => new(_code, _kernel.Code.Length);

    /// <summary>Counts what changes memory, so that a loop that waits for nothing shows.</summary>
    public long Changes { get; set; }

    /// <summary>The running warp writes shared memory.</summary>
    public void NoteSharedWrite() => Warp.SharedWrite = ++Changes;

    /// <summary>Runs one block to its end.</summary>
    /// <exception cref="LaunchStoppedException">The kernel did something that ends the launch; the exception tells what.</exception>
    public void Run(Dim3 block)
    {
        Block = block;
        Start();
        Progress.Begin(this);
        Monitor?.BeginBlock(block, Shared);
        for (;;)
        {
            var next = _order.Next(_warps);
            if (next < 0)
                break;
            Warp = _warps[next];
            RunWarp(Warp);
            _progress.Check(this);
        }
        if (Array.Exists(_warps, warp => warp.Live != 0))
            FailDeadlocked();
        ReportUnmatchedArrivals();
        Monitor?.EndBlock();
    }

    /// <summary>Adds a finding about one lane of the running warp.</summary>
    public void Report(
        PtxSeverity severity, string kind, DecodedInstruction* instruction, int lane, string message, ulong? address = null, string? allocation = null) =>
        Report(Log, severity, kind, instruction, lane, message, address, allocation);

    /// <summary>Adds an error about one lane of the running warp and ends the launch.</summary>
    [DoesNotReturn]
    public void Fail(string kind, DecodedInstruction* instruction, int lane, string message, ulong? address = null, string? allocation = null)
    {
        var finding = new DiagnosticLog(Context);
        Report(finding, PtxSeverity.Error, kind, instruction, lane, message, address, allocation);
        throw new LaunchStoppedException(finding);
    }

    /// <summary>Whether a check is on.</summary>
    public bool Checks(EmulatorChecks check) => (Options.Checks & check) != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_code);
        NativeMemory.AlignedFree(_registers);
        NativeMemory.AlignedFree(_local);
        NativeMemory.AlignedFree(Shared);
        NativeMemory.AlignedFree(Parameters);
        NativeMemory.AlignedFree(Addresses);
        NativeMemory.AlignedFree(Scratch);
    }

    private void Report(
        DiagnosticLog log, PtxSeverity severity, string kind, DecodedInstruction* instruction, int lane, string message, ulong? address, string? allocation)
    {
        var place = new LaunchPlace(instruction->Index, Block, Warp.Number * Lanes.Count + lane);
        if (!log.IsRepeat(severity, kind, place))
            log.Describe(severity, kind, place, message, address, allocation);
    }

    private void Start()
    {
        _barriers.Clear();
        _order.BeginBlock(Block, Context);
        NativeMemory.Clear(Shared, (nuint)Context.SharedBytes);
        NativeMemory.Clear(_local, (nuint)((long)_kernel.LocalBytes * _warps.Length * Lanes.Count));
        var threads = (int)Context.Block.Count;
        LiveWarps = uint.MaxValue >> Lanes.Count - _warps.Length;
        foreach (var warp in _warps)
        {
            var count = Math.Min(threads - warp.Number * Lanes.Count, Lanes.Count);
            warp.Start(count == Lanes.Count ? Lanes.All : (1u << count) - 1, pc: 0);
            RegisterFile.BeginBlock(warp, _kernel, this);
        }
    }

    private void YieldAfterSharedStores()
    {
        for (var n = 0; n < _kernel.Code.Length; n++)
        {
            if (_kernel.Instructions[_code[n].Index].Opcode == PtxOpcode.St && _code[n].Space is StateSpace.Shared or StateSpace.Generic && _code[n].Flow == Flow.Next)
                _code[n].Flow = Flow.Yield;
        }
    }
}
