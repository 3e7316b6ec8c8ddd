namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Branches, calls, exits, barriers, fences.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private readonly List<int> _pendingCalls = [];

    private bool DecodeFlow(PtxInstruction instruction, ref DecodedInstruction decoded)
    {
        switch (instruction.Opcode)
        {
            case PtxOpcode.Bra:
                _code.Add(decoded with { Flow = Flow.Branch, Mode = instruction.Has(PtxModifier.Uni) ? BlockRunner.UniformBranch : 0 });
                return true;
            case PtxOpcode.Exit:
                _code.Add(decoded with { Flow = Flow.Exit });
                return true;
            case PtxOpcode.Ret:
                _code.Add(decoded with { Flow = _function.IsEntry ? Flow.Exit : Flow.Return, D = _returnAddress });
                return true;
            case PtxOpcode.Call:
                DecodeCall((CallOperand)instruction.Operands[0], decoded);
                return true;
            case PtxOpcode.Trap:
            case PtxOpcode.Brkpt:
                _code.Add(decoded with { Execute = &Faults.Trap });
                return true;
            case PtxOpcode.Nanosleep:
                // Somebody else runs meanwhile: a turn ends here, so that loops that wait politely do not wait long.
                _code.Add(decoded with { Flow = Flow.Yield });
                return true;
            case PtxOpcode.Prefetch or PtxOpcode.Prefetchu or PtxOpcode.Applypriority or PtxOpcode.Discard:
                _code.Add(decoded);
                return true;
            case PtxOpcode.Createpolicy:
                _code.Add(decoded with { Execute = &Moves.Copy64, D = Destination(instruction.Operands[0]), A = Layout.Constant(0, isWide: true) });
                return true;
            case PtxOpcode.Fence or PtxOpcode.Membar:
                var isBlockWide = instruction.Has(PtxModifier.ScopeCta);
                _code.Add(decoded with { Execute = &Faults.Fence, Mode = isBlockWide ? 0 : 1 });
                return true;
            case PtxOpcode.Bar:
                DecodeBarrier(instruction, decoded);
                return true;
            case PtxOpcode.BarWarp:
                decoded.Execute = &Votes.WarpBarrier;
                AddConverging(decoded, instruction.Operands[0]);
                return true;
            default:
                return false;
        }
    }

    private void DecodeBarrier(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var next = 0;
        decoded.Flow = Flow.Barrier;
        decoded.IsAligned = instruction.Has(PtxModifier.Aligned) || instruction.Text.StartsWith("bar.", StringComparison.Ordinal);
        var action = instruction.Has(PtxModifier.Arrive) ? BarrierAction.Arrive : BarrierAction.Sync;
        if (instruction.Has(PtxModifier.Reduction))
        {
            action = instruction.Has(PtxModifier.Popc) ? BarrierAction.Popc : instruction.Has(PtxModifier.And) ? BarrierAction.And : BarrierAction.Or;
            decoded.D = action == BarrierAction.Popc ? Destination(operands[next++]) : DestinationPredicate(operands[next++]);
            decoded.C = SourcePredicate(operands[^1], out decoded.E);
            operands = [.. operands.Take(operands.Count - 1)];
        }
        decoded.Mode = (int)action;
        decoded.HasMemberRegister = operands.Skip(next).Any(operand => operand is not ImmediateOperand);
        decoded.A = Source(operands[next++], PtxType.U32);
        decoded.B = next < operands.Count ? Source(operands[next], PtxType.U32) : -1;
        _code.Add(decoded);
    }

    /// <summary>A warp instruction that waits for the lanes of its mask.</summary>
    private void AddConverging(DecodedInstruction decoded, PtxOperand mask) => _code.Add(decoded with
    {
        Flow = Flow.Converge, Members = Source(mask, PtxType.B32), HasMemberRegister = mask is not ImmediateOperand, IsExchange = true,
    });

    /// <summary>A warp instruction that all 32 lanes must execute.</summary>
    private void AddAligned(DecodedInstruction decoded) => _code.Add(decoded with
    {
        Flow = Flow.Converge, Members = Layout.Constant(Lanes.All, isWide: false), IsAligned = true,
    });

    /// <summary>Copies the arguments into the callee's parameters, jumps, and copies its results back. All of it lies in local memory.</summary>
    private void DecodeCall(CallOperand call, DecodedInstruction decoded)
    {
        if (!_functions.TryGetValue(call.Function, out var callee))
        {
            DecodeSystemCall(call, decoded);
            return;
        }
        if (callee._frame >= 0)
            _code.Add(decoded with { Execute = &CallFrames.Save, Mode = callee._frame, IsPart = true });
        for (var n = 0; n < call.Arguments.Count; n++)
            Transfer(decoded, call.Arguments[n], callee, callee._function.Parameters[n], isArgument: true);
        var position = _code.Position;
        _code.Add(decoded with { Flow = Flow.Call, D = callee._returnAddress, Target = callee._start });
        if (callee._start < 0)
            callee._pendingCalls.Add(position);
        if (callee._frame >= 0)
            _code.Add(decoded with { Execute = &CallFrames.Restore, Mode = callee._frame, IsPart = true });
        for (var n = 0; n < call.Returns.Count; n++)
            Transfer(decoded, call.Returns[n], callee, callee._function.Returns[n], isArgument: false);
    }

    /// <summary>A function without a body: the few that the CUDA runtime has, and unknown ones, which fail when they are called.</summary>
    private void DecodeSystemCall(CallOperand call, DecodedInstruction decoded)
    {
        if (call.Function != "vprintf")
        {
            _code.Add(decoded with { Execute = call.Function == "__assertfail" ? &Faults.Assertion : &Faults.Unresolved });
            return;
        }
        // Nothing is printed; the result, a number of arguments, is 0.
        _code.Add(decoded);
        decoded.IsPart = true;
        foreach (var result in call.Returns.OfType<VariableOperand>())
        {
            var type = result.Variable.Bytes == 8 ? PtxType.B64 : PtxType.B32;
            _code.Add(decoded with
            {
                Execute = &Calls.StoreLocal, A = Layout.Constant(0, type == PtxType.B64), B = _locals[result.Variable], Bytes = type.Bytes(),
                Mode = type == PtxType.B64 ? 1 : 0,
            });
        }
    }

    private void Transfer(DecodedInstruction decoded, PtxOperand own, FunctionDecoder callee, PtxVariable formal, bool isArgument)
    {
        decoded.IsPart = true;
        var formalOffset = callee._locals[formal];
        if (own is VariableOperand variable)
        {
            var ownOffset = _locals[variable.Variable];
            var (from, to) = isArgument ? (ownOffset, formalOffset) : (formalOffset, ownOffset);
            _code.Add(decoded with { Execute = &Calls.CopyLocal, A = from, B = to, Bytes = (int)formal.Bytes });
            return;
        }
        var isWide = formal.Type.Bits() == 64;
        if (isArgument)
            _code.Add(decoded with { Execute = &Calls.StoreLocal, A = Source(own, formal.Type), B = formalOffset, Bytes = formal.Type.Bytes(), Mode = isWide ? 1 : 0 });
        else
            _code.Add(decoded with { Execute = &Calls.LoadLocal, D = Destination(own), B = formalOffset, Bytes = formal.Type.Bytes(), Mode = isWide ? 1 : 0 });
    }
}
