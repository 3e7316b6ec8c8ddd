using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Tests.Ptx.Rules;

/// <summary>Every row of the table: what it allows is accepted, and what differs from that in one place is refused, where it differs.</summary>
[TestFixture]
public class InstructionTableTests
{
    /// <summary>Fewer lines than errors at which the parser gives a file up.</summary>
    private const int Batch = 150;

    /// <summary>Mutations are tried on this many forms of a row, spread over all of them.</summary>
    private const int Samples = 12;

    private static IEnumerable<TestCaseData> Rows => Cases(InstructionTable.All);

    /// <summary>Rows that PTX 7.0 or sm_80 does not have.</summary>
    private static IEnumerable<TestCaseData> NewerRows => Cases(InstructionTable.All.Where(row => row.Gate is { Version: > 70 } or { Target: > 80 }));

    [TestCaseSource(nameof(Rows))]
    public void EveryLegalFormIsAccepted(object row)
    {
        var lines = TableForms.Of((InstructionRow)row).Select(form => form.ToString()).ToArray();
        var result = PtxParser.Parse(Module(lines), "test.ptx");

        Assert.That(lines, Is.Not.Empty);
        Assert.That(result.Diagnostics.Where(found => found.Severity == PtxSeverity.Error), Is.Empty);
    }

    [TestCaseSource(nameof(Rows))]
    public void AMissingModifierIsRefused(object row) =>
        AssertRefused(Sample((InstructionRow)row).SelectMany(form => form.Row.Slots
            .Select((slot, i) => (slot, suffixes: form.Suffixes.Where((_, j) => j != i).ToArray()))
            .Where(drop => !drop.slot.IsOptional && !IsLegal(form, drop.suffixes))
            .Select(drop => form.Write(drop.suffixes, form.Operands))));

    [TestCaseSource(nameof(Rows))]
    public void AModifierTooManyIsRefused(object row) =>
        AssertRefused(Sample((InstructionRow)row).SelectMany(form =>
            new[] { "sat", "ftz", "rn", "wide", "volatile", "sync", "nc", "v2", "approx", "f64", "b16", "shared", "cc", "nosuch" }
                .Where(name => name == "nosuch" || !IsLegal(form, form.Suffixes.Append(name)))
                .Select(name => form.Write(form.Suffixes.Append(name), form.Operands))));

    [TestCaseSource(nameof(Rows))]
    public void AModifierTwiceIsRefused(object row) =>
        AssertRefused(Sample((InstructionRow)row).SelectMany(form => form.Suffixes.OfType<string>()
            .Where(name => form.Row.Opcode != PtxOpcode.Createpolicy && !IsLegal(form, form.Suffixes.Append(name)))
            .Select(name => form.Write(form.Suffixes.Append(name), form.Operands))));

    [TestCaseSource(nameof(Rows))]
    public void ARegisterOfAnotherClassIsRefused(object row) =>
        AssertRefused(Sample((InstructionRow)row).SelectMany(form => form.Operands.SelectMany((operand, i) =>
            WrongRegisters(form, operand).Select(wrong => form.Write(form.Suffixes, form.Operands.Select((other, j) => j == i ? wrong : other))))));

    [TestCaseSource(nameof(Rows))]
    public void AWrongNumberOfOperandsIsRefused(object row)
    {
        var forms = Sample((InstructionRow)row).Where(form => form.Row.Opcode != PtxOpcode.Call).ToArray();
        var optional = ((InstructionRow)row).Operands.Count(operand => operand.IsOptional);

        AssertRefused(forms
            .Where(form => form.Operands.Count > 0 && optional == 0 && !HasShorterForm(form.Row.Opcode))
            .Select(form => form.Write(form.Suffixes, form.Operands.SkipLast(1))));
        AssertRefused(forms.Select(form => form.Write(form.Suffixes, form.Operands.Concat(["%r1", "%r1", "%r1", "%r1"]))));
    }

    [TestCaseSource(nameof(Rows))]
    public void ADestinationThatIsNoRegisterIsRefused(object row) =>
        AssertRefused(Sample((InstructionRow)row)
            .Where(form => form.Row.Operands.Count > 0 && form.Row.Operands[0].IsDestination)
            .SelectMany(form => new[] { "1", "%tid.x", "tile", "[%rd1]" }
                .Select(wrong => form.Write(form.Suffixes, form.Operands.Skip(1).Prepend(wrong)))));

    [TestCaseSource(nameof(NewerRows))]
    public void AnOlderVersionOrTargetIsRefused(object row)
    {
        var form = TableForms.Of((InstructionRow)row).First();
        var result = PtxText.Parse(form.ToString(), "7.0", "sm_80");

        Assert.That(result.Diagnostics.Select(found => found.Kind), Does.Contain("version"));
    }

    /// <summary>Whether another row has one operand less behind the same suffixes.</summary>
    private static bool HasShorterForm(PtxOpcode opcode) => opcode is PtxOpcode.Bar or PtxOpcode.CpAsync;

    private static IEnumerable<TestCaseData> Cases(IEnumerable<InstructionRow> rows) =>
        rows.Select(row => new TestCaseData(row).SetArgDisplayNames(row.Text));

    private static IEnumerable<TableForm> Sample(InstructionRow row)
    {
        var forms = TableForms.Of(row).ToArray();
        var step = Math.Max(1, forms.Length / Samples);
        return forms.Where((_, i) => i % step == 0);
    }

    private static bool IsLegal(TableForm form, IEnumerable<string?> suffixes) => TableForms.LegalKeys.Value.Contains(form.Key(suffixes));

    /// <summary>Operands of the same shape whose registers fit no instruction that the right ones fit.</summary>
    private static IEnumerable<string> WrongRegisters(TableForm form, string operand)
    {
        // The fourth operand of cp.async is a size or a predicate.
        if (form.Row.Opcode == PtxOpcode.CpAsync && !operand.StartsWith('['))
            return ["%nosuch", "%f1"];
        (string Right, string[] Wrong)[] classes =
        [
            ("%p1", ["%r1", "%nosuch"]), ("%h1", ["%p1", "%nosuch"]), ("%r1", ["%p1", "%nosuch"]), ("%rd1", ["%p1", "%h1", "%d1", "%nosuch"]),
            ("%f1", ["%p1", "%d1", "%u32", "%nosuch"]), ("%d1", ["%p1", "%f1", "%s64", "%nosuch"]), ("%b8", ["%p1", "%nosuch"]),
        ];
        return classes.Where(pair => operand.Contains(pair.Right)).SelectMany(pair => pair.Wrong
            .Where(wrong => !(pair.Right == "%rd1" && wrong == "%d1" && !operand.StartsWith('[')))
            .Where(wrong => !(pair.Right == "%rd1" && wrong == "%h1" && operand.StartsWith('{')))
            .Select(wrong => operand.Replace(pair.Right, wrong)));
    }

    private static string Module(IEnumerable<string> lines) =>
        PtxText.Kernel("here:\n" + string.Join('\n', lines)).Replace(
            ".visible .entry", ".func (.param .align 16 .b8 result[32]) callee(.param .align 16 .b8 argument[32]);\n.visible .entry");

    /// <summary>Each line gives an error on its own line.</summary>
    private static void AssertRefused(IEnumerable<string> instructions)
    {
        // The prototype of Module and the label take a line each.
        var first = PtxText.FirstLine + 2;
        Assert.Multiple(() =>
        {
            foreach (var batch in instructions.Distinct().Chunk(Batch))
            {
                var result = PtxParser.Parse(Module(batch), "test.ptx");
                var lines = result.Diagnostics.Where(found => found.Severity == PtxSeverity.Error).Select(found => found.Position!.Value.Line).ToHashSet();
                var accepted = batch.Where((_, i) => !lines.Contains(first + i));
                Assert.That(accepted, Is.Empty);
            }
        });
    }
}
