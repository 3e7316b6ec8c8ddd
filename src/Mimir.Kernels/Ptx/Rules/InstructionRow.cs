namespace Mimir.Kernels.Ptx.Rules;

/// <summary>A legal form of an instruction: one line of the tables.</summary>
/// <param name="Mnemonic">The opcode without suffixes.</param>
/// <param name="Opcode">Its name in the model.</param>
/// <param name="Slots">Suffixes.</param>
/// <param name="Operands">Operands in order.</param>
/// <param name="Gate">The first version and target.</param>
/// <param name="Text">The line.</param>
internal sealed record InstructionRow(
    string Mnemonic, PtxOpcode Opcode, IReadOnlyList<SuffixSlot> Slots, IReadOnlyList<OperandRule> Operands, FeatureGate Gate, string Text)
{
    public int MinimumOperands { get; } = Operands.Count(operand => !operand.IsOptional);

    /// <summary>Reads a line <c>opcode[.optional].one|other -> operands @ version sm</c>.</summary>
    public static InstructionRow Parse(string mnemonic, PtxOpcode opcode, string line)
    {
        var gateAt = line.IndexOf(" @ ", StringComparison.Ordinal);
        var gate = default(FeatureGate);
        var form = line;
        if (gateAt >= 0)
        {
            var words = line[(gateAt + 3)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            gate = new FeatureGate(int.Parse(words[0].Replace(".", "")), int.Parse(words[1].AsSpan(3)));
            form = line[..gateAt];
        }
        var parts = form.Split("->");
        var operands = parts[1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseOperand);
        return new InstructionRow(mnemonic, opcode, ParseSlots(parts[0].Trim()[mnemonic.Length..]).ToArray(), operands.ToArray(), gate, line);
    }

    private static IEnumerable<SuffixSlot> ParseSlots(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var isOptional = text[at] == '[';
            var start = isOptional ? at + 2 : at + 1;
            var end = text.AsSpan(start).IndexOfAny('.', '[', ']') is var found and >= 0 ? start + found : text.Length;
            yield return new SuffixSlot(InstructionClasses.Expand(text[start..end]), isOptional);
            at = isOptional ? end + 1 : end;
        }
    }

    private static OperandRule ParseOperand(string text)
    {
        var isOptional = text.EndsWith('?');
        var rest = isOptional ? text[..^1] : text;
        if (rest is "[]" or "label" or "call")
        {
            var kind = rest == "[]" ? OperandKind.Address : rest == "label" ? OperandKind.Label : OperandKind.Call;
            return new OperandRule { Kind = kind, IsOptional = isOptional };
        }
        var rule = new OperandRule { IsOptional = isOptional, AllowsConstant = true };
        if (rest.EndsWith(')'))
        {
            var open = rest.IndexOf('(');
            rule = rule with { Limit = ConstantLimit.Parse(rest[(open + 1)..^1]) };
            rest = rest[..open];
        }
        if (rest.EndsWith("|pred"))
        {
            rule = rule with { HasSecondPredicate = true };
            rest = rest[..^5];
        }
        while (TakePrefix(ref rest, ref rule))
        {
        }
        if (rest.EndsWith('w'))
        {
            rule = rule with { IsDoubled = true };
            rest = rest[..^1];
        }
        if (rest == "fragment")
            return rule with { FixedType = PtxType.B32, IsFragment = true };
        return rest.Length == 1 && char.IsAsciiDigit(rest[0])
            ? rule with { TypeIndex = rest[0] - '0' }
            : rule with { FixedType = ModifierNames.Find(rest)!.Type };
    }

    private static bool TakePrefix(ref string rest, ref OperandRule rule)
    {
        var length = 1;
        switch (rest[0])
        {
            case '=':
                rule = rule with { IsDestination = true, AllowsConstant = false };
                break;
            case '_':
                rule = rule with { AllowsSink = true };
                break;
            case '%':
                rule = rule with { AllowsConstant = false };
                break;
            case '#':
                rule = rule with { AllowsRegister = false };
                break;
            case '&':
                rule = rule with { AllowsVariable = true };
                break;
            case '!':
                rule = rule with { AllowsNegation = true };
                break;
            case '~':
                rule = rule with { IsLoose = true };
                break;
            case 'v':
                rule = rule with { FollowsVectorModifier = true };
                break;
            case '{':
                length = 3;
                rule = rule with { VectorLength = rest[1] - '0' };
                break;
            default:
                return false;
        }
        rest = rest[length..];
        return true;
    }
}
