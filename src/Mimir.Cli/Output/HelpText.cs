using System.CommandLine;
using System.CommandLine.Invocation;
using Mimir.Cli.Commands;

namespace Mimir.Cli.Output;

/// <summary>Writes the help of the tool and of its verbs: options under headings, the same on every terminal.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int Width = 110;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        if (command is VerbSyntax { Verb: var verb })
            Write(output, verb, command);
        else
            Write(output, command);
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, Command root)
    {
        Paragraph(output, root.Description!);
        output.WriteLine();
        output.WriteLine("mimir <verb> [options]");
        output.WriteLine();
        Verbs(output, root);
        output.WriteLine();
        Paragraph(output, "mimir <verb> --help lists a verb's options, mimir --version says which version this is, --verbose shows where in the program an error arose. "
            + "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted with the state saved.");
    }

    private static void Verbs(TextWriter output, Command command)
    {
        var widest = command.Subcommands.Max(verb => verb.Name.Length);
        foreach (var verb in command.Subcommands)
            Entry(output, verb.Name, verb.Description!, widest);
    }

    private static void Write(TextWriter output, Verb verb, Command command)
    {
        Paragraph(output, verb.Summary);
        output.WriteLine();
        output.WriteLine($"mimir {verb.Name} {verb.Usage}");
        if (verb.Parts.Count > 0)
        {
            output.WriteLine();
            Verbs(output, command);
        }

        var widest = verb.Groups.SelectMany(group => group.Options).Select(option => Label(option).Length).DefaultIfEmpty().Max();
        var title = "";
        foreach (var group in verb.Groups)
        {
            if (group.Title != title)
            {
                output.WriteLine();
                output.WriteLine(title = group.Title);
            }

            foreach (var option in group.Options)
                Entry(output, Label(option), option.Description!, widest);
        }

        foreach (var note in verb.Notes)
        {
            output.WriteLine();
            Paragraph(output, note);
        }
    }

    private static string Label(Option option) => option.Arity.MaximumNumberOfValues == 0 ? option.Name
        : option.Arity.MinimumNumberOfValues == 0 ? $"{option.Name} [{option.HelpName}]"
        : $"{option.Name} <{option.HelpName}>";

    private static void Entry(TextWriter output, string label, string description, int widest)
    {
        var indent = widest + 4;
        var text = "  " + label.PadRight(widest + 2);
        foreach (var line in Wrapping.Lines(description, Width - indent))
        {
            output.WriteLine(text + line);
            text = new string(' ', indent);
        }
    }

    private static void Paragraph(TextWriter output, string text)
    {
        foreach (var line in Wrapping.Lines(text, Width))
            output.WriteLine(line);
    }
}
