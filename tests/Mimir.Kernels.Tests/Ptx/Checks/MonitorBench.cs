using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>A launch that never runs: tests tell its monitors what an interpreter would. The kernel's instructions are those that the test names, one
/// a line from line 1, and it may write everywhere.</summary>
internal sealed unsafe class MonitorBench : IDisposable
{
    private readonly LaunchContext _context;
    private readonly List<BlockMonitor> _monitors = [];
    private readonly InstructionCount[] _executed;
    private readonly byte[] _shared = GC.AllocateArray<byte>(16384, pinned: true);
    private BlockMonitor _monitor;

    public MonitorBench(int threads, int blocks, params PtxInstruction[] instructions)
    {
        PtxInstruction[] placed = [.. instructions.Select(Place), Place(WriteAnywhere, instructions.Length)];
        _executed = new InstructionCount[placed.Length];
        _context = new LaunchContext
        {
            Options = new EmulatorOptions { Checks = EmulatorChecks.All, Counters = true },
            Module = new PtxModule { File = "bench.ptx", Version = 71, Target = 80, Variables = [], Functions = [] },
            Kernel = new PtxFunction
            {
                Name = "made_up",
                IsEntry = true,
                Parameters = [],
                ParameterBytes = 0,
                Registers = [],
                Variables = [],
                Instructions = placed,
                StaticSharedBytes = 0,
                DynamicSharedAlignment = 16,
                LocalBytes = 0,
                Position = new PtxPosition(1, 1),
            },
            Grid = new Dim3(blocks),
            Block = new Dim3(threads),
            DynamicSharedOffset = 0,
            SharedBytes = _shared.Length,
            LocalBytes = 0,
            Instructions = placed,
            Memory = Memory,
            Parameters = [],
        };
        _monitor = NextWorker();
    }

    public EmulatedMemory Memory { get; } = new(EmulatorChecks.All);

    public PtxModule Module => _context.Module;

    public PtxFunction Kernel => _context.Kernel;

    public BlockMonitor Monitor => _monitor;

    /// <summary>A store whose address no one knows.</summary>
    private static PtxInstruction WriteAnywhere => Instruction(PtxOpcode.St, StateSpace.Global);

    /// <summary>An instruction on 32-bit values.</summary>
    public static PtxInstruction Instruction(PtxOpcode opcode, StateSpace space, params PtxModifier[] modifiers) => new()
    {
        Opcode = opcode,
        Text = opcode.ToString().ToLowerInvariant(),
        Modifiers = modifiers.Aggregate(default(ModifierSet), (set, modifier) => set.With(modifier)),
        Types = [PtxType.U32],
        Space = space,
        Operands = [new AddressOperand(default, null, null, 0)],
        Position = default,
    };

    /// <summary>Another worker takes over.</summary>
    public BlockMonitor NextWorker()
    {
        _monitor = MonitorFactory.For(_context)!;
        _monitors.Add(_monitor);
        return _monitor;
    }

    public void BeginBlock(int block)
    {
        fixed (byte* shared = _shared)
            _monitor.BeginBlock(new Dim3(block, 0, 0), shared);
    }

    public void EndBlock() => _monitor.EndBlock();

    public void Barrier() => _monitor.OnBlockBarrier(0);

    /// <summary>A warp executes an instruction.</summary>
    public void Execute(int instruction, uint lanes = uint.MaxValue) =>
        _executed[instruction] += new InstructionCount(1, System.Numerics.BitOperations.PopCount(lanes));

    /// <summary>A warp accesses memory; the addresses are given by lane.</summary>
    public void Access(
        int instruction, StateSpace space, AccessKind kind, int warp, Func<int, ulong> address, int bytes = 4, uint lanes = uint.MaxValue, uint[]? values = null)
    {
        var addresses = stackalloc ulong[32];
        for (var lane = 0; lane < 32; lane++)
            addresses[lane] = (lanes >> lane & 1) != 0 ? address(lane) : 0xDEAD_BEEF_0000;
        fixed (uint* value = values)
        {
            _monitor.OnAccess(new WarpAccess
            {
                Instruction = instruction,
                Space = space,
                Kind = kind,
                Lanes = lanes,
                Bytes = bytes,
                Addresses = addresses,
                Values = (byte*)value,
                Warp = warp,
            });
        }
    }

    public void Shared(int instruction, AccessKind kind, int warp, Func<int, ulong> address, int bytes = 4, uint lanes = uint.MaxValue, uint[]? values = null) =>
        Access(instruction, StateSpace.Shared, kind, warp, address, bytes, lanes, values);

    public void Global(int instruction, AccessKind kind, int warp, Func<int, ulong> address, int bytes = 4, uint lanes = uint.MaxValue, uint[]? values = null) =>
        Access(instruction, StateSpace.Global, kind, warp, address, bytes, lanes, values);

    public MonitorFindings Collect() => MonitorFactory.Collect(_context, _monitors, [], _executed);

    /// <summary>What was found, without the reads of what the test never wrote.</summary>
    public IReadOnlyList<PtxDiagnostic> Races() =>
        [.. Collect().Diagnostics.Where(found => found.Kind is not (DiagnosticKinds.UninitialisedShared or DiagnosticKinds.UninitialisedGlobal))];

    public void Dispose() => Memory.Dispose();

    private static PtxInstruction Place(PtxInstruction instruction, int index) => new()
    {
        Opcode = instruction.Opcode,
        Text = instruction.Text,
        Modifiers = instruction.Modifiers,
        Types = instruction.Types,
        Space = instruction.Space,
        Operands = instruction.Operands,
        Position = new PtxPosition(index + 1, 1),
    };
}
