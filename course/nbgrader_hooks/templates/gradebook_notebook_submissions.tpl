{#- nbgrader's list of what there is to read, with who is to read each submission, and who has. -#}
{%- extends 'nbgrader/gradebook_notebook_submissions.tpl' -%}

{%- block head -%}
{{ super() }}
<script>
$(() => $("thead tr").append($("<th/>").text("To be read by"), $("<th/>").text("Read by")));
insertRow = ((original) => (table) => original(table).append($("<td/>").addClass("share"), $("<td/>").addClass("reader")))(insertRow);
SubmittedNotebookUI.prototype.render = ((original) => function () {
    original.call(this);
    this.$el.find(".share").text(this.model.get("share"));
    this.$el.find(".reader").text(this.model.get("reader"));
})(SubmittedNotebookUI.prototype.render);
</script>
{%- endblock -%}
