namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Loads, stores, atomics, copies, addresses.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private bool DecodeMemory(PtxInstruction instruction, ref DecodedInstruction decoded)
    {
        switch (instruction.Opcode)
        {
            case PtxOpcode.Ld or PtxOpcode.Ldu:
                DecodeLoad(instruction, decoded);
                return true;
            case PtxOpcode.St:
                DecodeStore(instruction, decoded);
                return true;
            case PtxOpcode.Atom or PtxOpcode.Red:
                DecodeAtomic(instruction, decoded);
                return true;
            case PtxOpcode.CpAsync:
                DecodeAsyncCopy(instruction, decoded);
                return true;
            case PtxOpcode.CpAsyncCommitGroup:
                _code.Add(decoded with { Execute = &AsyncCopyInstructions.Commit });
                return true;
            case PtxOpcode.CpAsyncWaitAll:
                _code.Add(decoded with { Execute = &AsyncCopyInstructions.WaitAll });
                return true;
            case PtxOpcode.CpAsyncWaitGroup:
                _code.Add(decoded with
                {
                    Execute = &AsyncCopyInstructions.WaitGroup, Mode = (int)((ImmediateOperand)instruction.Operands[0]).Bits,
                });
                return true;
            case PtxOpcode.Cvta:
                DecodeAddressConversion(instruction, decoded);
                return true;
            case PtxOpcode.Isspacep:
                _code.Add(decoded with
                {
                    Execute = &GenericAddresses.Test, D = DestinationPredicate(instruction.Operands[0]), A = Source(instruction.Operands[1], PtxType.U64),
                });
                return true;
            default:
                return false;
        }
    }

    /// <summary>Base, offset and space of an address. Addresses of variables are constants.</summary>
    private void SetAddress(ref DecodedInstruction decoded, AddressOperand address)
    {
        decoded.Offset = address.Offset;
        if (address.Register is { } register)
        {
            // The parameters of a device function lie in local memory, and their addresses are generic.
            if (decoded.Space == StateSpace.Param && !_function.IsEntry)
                decoded.Space = StateSpace.Generic;
            decoded.A = _places[register.Index];
            decoded.HasNarrowBase = register.Type.Bits() == 32;
            return;
        }
        decoded.A = Layout.Constant(address.Variable is { } variable ? AddressOf(variable) : 0, isWide: true);
        // Parameters of calls lie in the local window.
        if (decoded.Space == StateSpace.Param && address.Variable is { } parameter && _locals.TryGetValue(parameter, out var offset))
            (decoded.Space, decoded.A) = (StateSpace.Local, Layout.Constant((ulong)offset, isWide: true));
    }

    private void DecodeLoad(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var type = instruction.Types[^1];
        var elements = Elements(instruction.Operands[0]);
        var address = (AddressOperand)instruction.Operands[1];
        if (decoded.Space == StateSpace.Param && _function.IsEntry && address.Register is null && !(address.Variable is { } local && _locals.ContainsKey(local)))
        {
            DecodeParameterLoad(decoded, type, elements, address);
            return;
        }
        SetAddress(ref decoded, address);
        (decoded.Mode, decoded.Bytes) = (elements.Count, elements.Count * type.Bytes());
        decoded.List = _code.List([.. elements.Select(Destination)]);
        var registerBits = elements.OfType<RegisterOperand>().Select(element => element.Register.Type.Bits()).FirstOrDefault(type.Bits());
        decoded.Execute = (type, registerBits) switch
        {
            (PtxType.S8, 16) => &LoadStore.Load<ElementS8Half, uint>,
            (PtxType.S8, 64) => &LoadStore.Load<WidenedSigned<ElementS8>, ulong>,
            (PtxType.S8, _) => &LoadStore.Load<ElementS8, uint>,
            (PtxType.S16, 64) => &LoadStore.Load<WidenedSigned<ElementS16>, ulong>,
            (PtxType.S16, 32) => &LoadStore.Load<ElementS16, uint>,
            (PtxType.S32, 64) => &LoadStore.Load<WidenedSigned<Element32>, ulong>,
            _ => (type.Bytes(), registerBits) switch
            {
                (1, 64) => &LoadStore.Load<Widened<Element8>, ulong>,
                (1, _) => &LoadStore.Load<Element8, uint>,
                (2, 64) => &LoadStore.Load<Widened<Element16>, ulong>,
                (2, _) => &LoadStore.Load<Element16, uint>,
                (4, 64) => &LoadStore.Load<Widened<Element32>, ulong>,
                (4, _) => &LoadStore.Load<Element32, uint>,
                _ => &LoadStore.Load<Element64, ulong>,
            },
        };
        _code.Add(decoded);
    }

    private void DecodeStore(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var type = instruction.Types[^1];
        var elements = Elements(instruction.Operands[1]);
        SetAddress(ref decoded, (AddressOperand)instruction.Operands[0]);
        (decoded.Mode, decoded.Bytes) = (elements.Count, elements.Count * type.Bytes());
        decoded.List = _code.List([.. elements.Select(element => Source(element, type))]);
        var registerBits = elements.OfType<RegisterOperand>().Select(element => element.Register.Type.Bits()).FirstOrDefault(type.Bits());
        decoded.Execute = (type.Bytes(), registerBits) switch
        {
            (1, 64) => &LoadStore.Store<Widened<Element8>, ulong>,
            (1, _) => &LoadStore.Store<Element8, uint>,
            (2, 64) => &LoadStore.Store<Widened<Element16>, ulong>,
            (2, _) => &LoadStore.Store<Element16, uint>,
            (4, 64) => &LoadStore.Store<Widened<Element32>, ulong>,
            (4, _) => &LoadStore.Store<Element32, uint>,
            _ => &LoadStore.Store<Element64, ulong>,
        };
        _code.Add(decoded);
    }

    /// <summary>A kernel's parameters do not change while it runs: a load at a constant address is a move.</summary>
    private void DecodeParameterLoad(DecodedInstruction decoded, PtxType type, IReadOnlyList<PtxOperand> elements, AddressOperand address)
    {
        var offset = (address.Variable?.Offset ?? 0) + address.Offset;
        var end = address.Variable is { } variable ? variable.Offset + variable.Bytes : _function.ParameterBytes;
        if (offset < (address.Variable?.Offset ?? 0) || offset + (long)type.Bytes() * elements.Count > end)
        {
            _code.Add(decoded with { Execute = &Faults.ParameterOutOfRange, Offset = offset, Bytes = type.Bytes() * elements.Count });
            return;
        }
        foreach (var element in elements)
        {
            var isWide = element is RegisterOperand { Register.Type: var registerType } && registerType.Bits() == 64;
            _code.Add(decoded with
            {
                Execute = isWide ? &Moves.Copy64 : &Moves.Copy32, D = Destination(element), A = _code.Parameter((int)offset, type, isWide),
            });
            decoded.IsPart = true;
            offset += type.Bytes();
        }
    }

    private void DecodeAsyncCopy(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var bytes = (int)((ImmediateOperand)operands[2]).Bits;
        var source = decoded with { Space = StateSpace.Global, Bytes = bytes, IsPart = true };
        SetAddress(ref source, (AddressOperand)operands[1]);
        decoded.Space = StateSpace.Shared;
        SetAddress(ref decoded, (AddressOperand)operands[0]);
        decoded.Bytes = bytes;
        decoded.Execute = &AsyncCopyInstructions.Issue;
        // A cache policy, where given, is the last operand and 64 bits wide.
        if (operands.Count > 3 && operands[3] is RegisterOperand { Register.Type: PtxType.Pred } ignore)
            (decoded.Mode, decoded.B) = (AsyncCopyInstructions.ReadsUnless, SourcePredicate(ignore, out decoded.E));
        else if (operands.Count > 3 && operands[3] is not RegisterOperand { Register.Type: PtxType.B64 or PtxType.U64 or PtxType.S64 })
            (decoded.Mode, decoded.B) = (AsyncCopyInstructions.ReadsBytes, Source(operands[3], PtxType.U32));
        _code.Add(decoded);
        _code.Add(source);
    }

    private void DecodeAddressConversion(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var type = instruction.Types[^1];
        decoded.D = Destination(instruction.Operands[0]);
        decoded.A = Source(instruction.Operands[1], type);
        decoded.Offset = (long)AddressWindows.BaseOf(instruction.Space);
        var isGenericAlready = instruction.Operands[1] is VariableOperand { Variable: var variable } && variable.Space == StateSpace.Param
            && _locals.ContainsKey(variable);
        if (instruction.Space is not (StateSpace.Shared or StateSpace.Local or StateSpace.Param) || isGenericAlready)
            decoded.Execute = type.Bits() == 64 ? &Moves.Copy64 : &Moves.Copy32;
        else
            decoded.Execute = instruction.Has(PtxModifier.To) ? &GenericAddresses.ToSpace : &GenericAddresses.FromSpace;
        _code.Add(decoded);
    }

    private static IReadOnlyList<PtxOperand> Elements(PtxOperand operand) => operand is VectorOperand vector ? vector.Elements : [operand];
}
