using Mimir.Kernels.Ptx.Analysis;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Decodes one function: gives its registers and variables places, and every instruction its handler.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private readonly CodeBuilder _code;
    private readonly PtxFunction _function;
    private readonly int[] _places;
    private readonly Dictionary<PtxVariable, int> _locals = [];
    private readonly int _returnAddress;

    /// <summary>The number of its frame where it is recursive, else −1.</summary>
    private readonly int _frame = -1;
    private IReadOnlyDictionary<string, FunctionDecoder> _functions = new Dictionary<string, FunctionDecoder>();
    private int _start = -1;

    /// <summary>Gives a function its places.</summary>
    public FunctionDecoder(CodeBuilder code, PtxFunction function, bool isRecursive)
    {
        (_code, _function) = (code, function);
        _places = [.. function.Registers.Select(register =>
            register.Type == PtxType.Pred ? code.Layout.ReservePredicate() : code.Layout.Reserve(register.Type.Bits() == 64))];
        // Locals keep their layout; parameters of calls, which PTX keeps apart, follow them; results come last, outside the frame.
        var frame = code.ReserveLocal(function.LocalBytes, 16);
        foreach (var variable in function.Variables.Where(variable => variable.Space == StateSpace.Local))
            _locals.Add(variable, frame + (int)variable.Offset);
        var parameters = function.Variables.Where(variable => variable.Space == StateSpace.Param).Except(function.Returns);
        Place(function.IsEntry ? parameters : parameters.Concat(function.Parameters));
        var end = code.LocalBytes;
        if (function.IsEntry)
            return;
        Place(function.Returns);
        _returnAddress = code.Layout.Reserve(isWide: false);
        if (isRecursive)
        {
            _frame = code.Add(new CallFrame(
                PlacesOf(type => type == PtxType.Pred),
                [.. PlacesOf(type => type != PtxType.Pred && type.Bits() != 64), _returnAddress],
                PlacesOf(type => type.Bits() == 64),
                frame,
                end - frame));
        }
    }

    private RegisterLayout Layout => _code.Layout;

    /// <summary>Decodes the body.</summary>
    /// <param name="functions">Those that can be called, by name.</param>
    public void Decode(IReadOnlyDictionary<string, FunctionDecoder> functions)
    {
        _functions = functions;
        var count = _function.Instructions.Count;
        var positions = new int[count + 1];
        var branches = new List<(int Position, int Target)>();
        Begin();
        foreach (var register in ReadBeforeWritten())
            _code.Clear(_places[register], _function.Registers[register].Type);
        for (var n = 0; n < count; n++)
        {
            positions[n] = _code.Position;
            var instruction = _function.Instructions[n];
            var decoded = New(instruction);
            if (instruction.Opcode == PtxOpcode.Bra)
                branches.Add((_code.Position, ((LabelOperand)instruction.Operands[0]).Target));
            Decode(instruction, decoded);
        }
        positions[count] = _code.Position;
        DecodeEnd();
        foreach (var (position, target) in branches)
            _code.SetTarget(position, positions[target]);
    }

    /// <summary>Registers that some path reads first. A device function's are taken to be, for a call may leave it in the middle.</summary>
    private IEnumerable<int> ReadBeforeWritten() =>
        _function.IsEntry && _function.Instructions.Count > 0
            ? Liveness.Of(ControlFlowGraph.Of(_function)).In(0)
            : Enumerable.Range(0, _function.Registers.Count);

    private void Place(IEnumerable<PtxVariable> variables)
    {
        foreach (var variable in variables.Distinct())
            _locals.TryAdd(variable, _code.ReserveLocal(variable.Bytes, Math.Max(variable.Alignment, 1)));
    }

    private int[] PlacesOf(Func<PtxType, bool> isMeant) =>
        [.. _function.Registers.Where(register => isMeant(register.Type)).Select(register => _places[register.Index])];

    /// <summary>Fixes where the function's code begins: calls that were decoded before are completed.</summary>
    private void Begin()
    {
        _start = _code.Position;
        foreach (var position in _pendingCalls)
            _code.SetTarget(position, _start);
    }

    /// <summary>An instruction with its guard and number, and nothing else.</summary>
    private DecodedInstruction New(PtxInstruction instruction)
    {
        var decoded = new DecodedInstruction
        {
            Index = _code.Number(instruction),
            Guard = RegisterLayout.True,
            Execute = &Moves.Nothing,
            D = Layout.Sink,
            D2 = RegisterLayout.PredicateSink,
            Space = instruction.Space,
        };
        if (instruction.Guard is { } guard)
        {
            decoded.Guard = _places[guard.Register.Index];
            decoded.GuardFlip = guard.IsNegated ? uint.MaxValue : 0;
        }
        return decoded;
    }

    /// <summary>The end of the body acts as an exit, of a device function as a return.</summary>
    private void DecodeEnd()
    {
        var last = _function.Instructions.Count > 0
            ? _function.Instructions[^1]
            : new PtxInstruction { Opcode = PtxOpcode.Exit, Text = "exit", Modifiers = default, Types = [], Operands = [], Position = _function.Position };
        _code.Add(New(last) with
        {
            Guard = RegisterLayout.True, GuardFlip = 0, IsPart = true, Flow = _function.IsEntry ? Flow.Exit : Flow.Return, D = _returnAddress,
        });
    }

    private void Decode(PtxInstruction instruction, DecodedInstruction decoded)
    {
        if (DecodeFlow(instruction, ref decoded) || DecodeMemory(instruction, ref decoded) || DecodeWarp(instruction, ref decoded)
            || DecodeMatrix(instruction, decoded) || DecodeMove(instruction, ref decoded) || DecodeElementwise(instruction, ref decoded))
        {
            return;
        }
        throw Unsupported.At(_code.Module.Module, instruction.Position, $"the emulator does not execute {instruction.Text}");
    }

    /// <summary>The place of a source whose lanes are as wide as a type.</summary>
    private int Source(PtxOperand operand, PtxType type) => operand switch
    {
        RegisterOperand register => _places[register.Register.Index],
        ImmediateOperand immediate => Layout.Constant(Cut(immediate.Bits, type), type.Bits() == 64),
        SpecialOperand special => Special(special.Register, type),
        VariableOperand variable => Layout.Constant(Cut(AddressOf(variable.Variable) + (ulong)variable.Addend, type), type.Bits() == 64),
        _ => throw new InvalidOperationException($"{operand.Position}: {operand} is no source"),
    };

    private int Special(SpecialRegister register, PtxType type)
    {
        if (register is SpecialRegister.Clock or SpecialRegister.ClockHi or SpecialRegister.Clock64 or SpecialRegister.GlobalTimer
            or SpecialRegister.GlobalTimerLo or SpecialRegister.GlobalTimerHi)
        {
            // Clocks run: they are read by an instruction of their own.
            var place = Layout.Reserve(type.Bits() == 64);
            _code.Add(new DecodedInstruction { Execute = &Moves.ReadClock, D = place, Mode = (int)register, Bytes = type.Bytes(), IsPart = true });
            return place;
        }
        return Layout.Special(register, type.Bits() == 64);
    }

    /// <summary>A constant in the lanes of a type: 16-bit ones are zero-extended.</summary>
    private static ulong Cut(ulong bits, PtxType type) => type.Bits() switch { 8 => (byte)bits, 16 => (ushort)bits, 32 => (uint)bits, _ => bits };

    /// <summary>The place of a destination; a sink's for <c>_</c>.</summary>
    private int Destination(PtxOperand operand) => operand is RegisterOperand register ? _places[register.Register.Index] : Layout.Sink;

    /// <summary>The place of a destination predicate.</summary>
    private int DestinationPredicate(PtxOperand operand) =>
        operand is RegisterOperand register ? _places[register.Register.Index] : RegisterLayout.PredicateSink;

    /// <summary>The place of a source predicate; what flips it is all ones when it is negated.</summary>
    private int SourcePredicate(PtxOperand operand, out int flip)
    {
        if (operand is ImmediateOperand immediate)
        {
            flip = immediate.Bits != 0 ? 0 : -1;
            return RegisterLayout.True;
        }
        var register = (RegisterOperand)operand;
        flip = register.IsNegated ? -1 : 0;
        return _places[register.Register.Index];
    }

    /// <summary>The address of a variable in its own space.</summary>
    private ulong AddressOf(PtxVariable variable) => variable.Space switch
    {
        StateSpace.Global or StateSpace.Const => _code.Module.AddressOf(variable),
        StateSpace.Shared when variable.IsExternal => (ulong)_code.DynamicSharedOffset,
        StateSpace.Local => (ulong)_locals[variable],
        StateSpace.Param when _locals.TryGetValue(variable, out var offset) => AddressWindows.Local + (ulong)offset,
        _ => (ulong)variable.Offset,
    };
}
